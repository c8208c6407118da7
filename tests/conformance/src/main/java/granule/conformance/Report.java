package granule.conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Gathers the results of all files, and prints them. Safe to be fed by several threads. */
final class Report {

  private static final int ERRORS_PER_FILE = 20;
  private static final int KINDS = 40;

  private final Map<String, FileCheck.Result> failed = new TreeMap<>();
  private final KindCounter errors = new KindCounter();
  private final KindCounter warnings = new KindCounter();
  private int passed;
  private long resources;
  private long information;

  synchronized void add(String file, FileCheck.Result result) {
    resources += result.resources();
    boolean hasError = false;
    for (Finding finding : result.findings()) {
      switch (finding.severity()) {
        case ERROR -> {
          hasError = true;
          errors.add(file, finding);
        }
        case WARNING -> warnings.add(file, finding);
        case INFORMATION -> information++;
      }
    }
    if (hasError) {
      failed.put(
          file, new FileCheck.Result(result.resources(), result.of(Finding.Severity.ERROR)));
    } else {
      passed++;
    }
  }

  boolean isClean() {
    return failed.isEmpty();
  }

  synchronized int files() {
    return passed + failed.size();
  }

  void print(PrintStream out, double seconds) {
    failed.forEach((file, result) -> printErrors(out, file, result));
    printKinds(out, "error", errors);
    printKinds(out, "warning", warnings);
    out.printf(
        "%d files, %d resources in %.1f s (%.2f files/s, %.0f resources/s)%n",
        files(), resources, seconds, files() / seconds, resources / seconds);
    out.printf("%d passed, %d failed%n", passed, failed.size());
  }

  private static void printErrors(PrintStream out, String file, FileCheck.Result result) {
    result.findings().stream()
        .limit(ERRORS_PER_FILE)
        .forEach(f -> out.printf("%s: ERROR %s: %s%n", file, f.location(), f.message()));
    int more = result.findings().size() - ERRORS_PER_FILE;
    if (more > 0) {
      out.printf("%s: %d more errors%n", file, more);
    }
  }

  private static void printKinds(PrintStream out, String severity, KindCounter counter) {
    var ranked = counter.ranked();
    if (ranked.isEmpty()) {
      return;
    }
    out.printf("%n%d %ss of %d kinds:%n", counter.total(), severity, ranked.size());
    for (KindCounter.Kind kind : ranked.subList(0, Math.min(KINDS, ranked.size()))) {
      out.printf("%8d  %s%n          e.g. %s%n", kind.count, kind.text, kind.example);
    }
    out.println();
  }

  void write(Path file, double seconds) throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = json.createObjectNode();
    root.put("passed", passed);
    root.put("failed", failed.size());
    root.put("resources", resources);
    root.put("seconds", Math.round(seconds * 10) / 10.0);
    root.put("errorCount", errors.total());
    root.put("warningCount", warnings.total());
    root.put("informationCount", information);
    root.set("errors", kinds(json, errors));
    root.set("warnings", kinds(json, warnings));
    ObjectNode files = root.putObject("failedFiles");
    failed.forEach((name, result) -> files.put(name, result.findings().size()));
    Files.writeString(file, json.writeValueAsString(root) + "\n");
  }

  private static ArrayNode kinds(ObjectMapper json, KindCounter counter) {
    ArrayNode array = json.createArrayNode();
    for (KindCounter.Kind kind : counter.ranked()) {
      array
          .addObject()
          .put("count", kind.count)
          .put("kind", kind.text)
          .put("example", kind.example);
    }
    return array;
  }
}
