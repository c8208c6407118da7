package granule.conformance;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Shows that the harness can tell good bundles from bad ones.
 *
 * <p>A validator which finds nothing looks the same as one which was set up wrongly. So every file of {@code good/} must
 * pass, and every file of {@code bad/} must fail for the reason that {@code expected.tsv} gives: a part of the
 * location and message of an error. A third column names the package without which the file cannot be judged.
 */
final class SelfTest {

  private final Path fixtures;
  private final FileCheck check;
  private final List<Path> packages;
  private final PrintStream out;
  private int passed;
  private int failed;
  private int skipped;

  SelfTest(Path fixtures, FileCheck check, List<Path> packages, PrintStream out) {
    this.fixtures = fixtures;
    this.check = check;
    this.packages = packages;
    this.out = out;
  }

  boolean run() throws IOException {
    for (Path file : Inputs.find(List.of(fixtures.resolve("good")), Integer.MAX_VALUE)) {
      List<Finding> errors = check.check(file).of(Finding.Severity.ERROR);
      verdict(file, errors.isEmpty(), "must pass", errors);
    }
    Map<String, Expectation> expectations = expectations();
    for (Path file : Inputs.find(List.of(fixtures.resolve("bad")), Integer.MAX_VALUE)) {
      Expectation expectation = expectations.remove(file.getFileName().toString());
      if (expectation == null) {
        verdict(file, false, "must stand in expected.tsv", List.of());
      } else if (!hasPackage(expectation.needs())) {
        out.printf("skip %s (needs %s)%n", file.getFileName(), expectation.needs());
        skipped++;
      } else {
        List<Finding> errors = check.check(file).of(Finding.Severity.ERROR);
        boolean found = errors.stream().anyMatch(e -> line(e).contains(expectation.reason()));
        verdict(file, found, "must fail with \"" + expectation.reason() + "\"", errors);
      }
    }
    for (String name : expectations.keySet()) {
      verdict(Path.of(name), false, "must exist, for expected.tsv names it", List.of());
    }
    out.printf("%d passed, %d failed", passed, failed);
    out.println(skipped > 0 ? ", " + skipped + " skipped" : "");
    return failed == 0;
  }

  private void verdict(Path file, boolean ok, String demand, List<Finding> errors) {
    out.printf("%s %s %s%n", ok ? "ok  " : "FAIL", file.getFileName(), demand);
    if (ok) {
      passed++;
      return;
    }
    failed++;
    for (Finding error : errors) {
      out.println("       got: " + line(error));
    }
  }

  private static String line(Finding finding) {
    return finding.id() + " " + finding.location() + ": " + finding.message();
  }

  private boolean hasPackage(String needed) {
    return needed.isEmpty()
        || packages.stream().anyMatch(p -> p.getFileName().toString().startsWith(needed));
  }

  private Map<String, Expectation> expectations() throws IOException {
    Map<String, Expectation> expectations = new TreeMap<>();
    for (String row : Files.readAllLines(fixtures.resolve("bad/expected.tsv"))) {
      if (row.isBlank() || row.startsWith("#")) {
        continue;
      }
      String[] cells = row.split("\t");
      expectations.put(cells[0], new Expectation(cells[1], cells.length > 2 ? cells[2] : ""));
    }
    return expectations;
  }

  private record Expectation(String reason, String needs) {}
}
