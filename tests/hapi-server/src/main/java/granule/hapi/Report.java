package granule.hapi;

import java.io.PrintStream;

/** What was found. A check that fails says where; the last line is the sum. */
final class Report {

  private static final int SHOWN = 60;

  private final PrintStream out;
  private int passed;
  private int failed;

  Report(PrintStream out) {
    this.out = out;
  }

  /** Counts a check; when it failed, prints what was wrong. */
  boolean check(boolean holds, String name, String wrong) {
    if (holds) {
      passed++;
    } else {
      failed++;
      if (failed <= SHOWN) {
        out.println("FAILED " + name + ": " + wrong);
      }
    }
    return holds;
  }

  void note(String text) {
    out.println(text);
    out.flush();
  }

  int failed() {
    return failed;
  }

  /** Prints the sum; whether nothing failed, and something was checked at all. */
  boolean close() {
    out.println(passed + " passed, " + failed + " failed");
    return failed == 0 && passed > 0;
  }
}
