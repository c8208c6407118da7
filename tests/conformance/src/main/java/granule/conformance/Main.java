package granule.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Validates folders of FHIR R4 resources: exit 0 no error, 1 errors found, 2 the run itself failed. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    try {
      System.exit(run(options) ? 0 : 1);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private static boolean run(Options options) throws IOException, InterruptedException {
    long start = System.nanoTime();
    FileCheck check = new FileCheck(new ResourceValidator(options.packages, options.vitalSigns));
    System.err.printf("definitions loaded in %.1f s%n", seconds(start));
    if (options.selfTest != null) {
      return new SelfTest(options.selfTest, check, options.packages, System.out).run();
    }

    List<Path> files = Inputs.find(options.inputs, options.max);
    if (files.isEmpty()) {
      throw new IOException("no *.json file below " + options.inputs);
    }
    Report report = new Report();
    start = System.nanoTime();
    ExecutorService threads = Executors.newFixedThreadPool(options.threads);
    for (Path file : files) {
      threads.submit(
          () -> {
            FileCheck.Result result = check.check(file);
            report.add(file.toString(), result);
            if (options.verbose) {
              printAll(file, result);
            }
          });
    }
    threads.shutdown();
    while (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
      System.err.printf("%d of %d files, %.0f s%n", report.files(), files.size(), seconds(start));
    }
    double taken = seconds(start);
    report.print(System.out, taken);
    if (options.summary != null) {
      report.write(options.summary, taken);
    }
    if (report.files() != files.size()) {
      throw new IOException((files.size() - report.files()) + " files were not validated");
    }
    return report.isClean();
  }

  private static void printAll(Path file, FileCheck.Result result) {
    StringBuilder text = new StringBuilder();
    for (Finding f : result.findings()) {
      text.append(
          String.format(
              "%s: %s %s: %s [%s]%n", file, f.severity(), f.location(), f.message(), f.id()));
    }
    System.out.print(text);
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
