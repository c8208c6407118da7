package granule.hapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Posts bundles, reads back what became of them, and posts them again. */
final class Bundles {

  /** Whether posting a bundle twice makes its resources twice. */
  enum Again {
    CHANGES_NOTHING,
    DOUBLES
  }

  private final Fhir server;
  private final Report report;

  /** Bundles refused because the server has two of one number, which bundles before them wrote as two people. */
  private final TreeSet<String> ambiguous = new TreeSet<>();

  Bundles(Fhir server, Report report) {
    this.server = server;
    this.report = report;
  }

  /** All bundles below a folder, in one order. */
  static List<Path> below(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(f -> f.toString().endsWith(".json") && !f.toString().endsWith(".issues.json"))
          .sorted()
          .toList();
    }
  }

  void judge(Path folder, Again again) throws IOException, InterruptedException {
    List<Path> files = below(folder);
    report.check(!files.isEmpty(), folder.toString(), "no bundles");
    long start = System.nanoTime();
    Map<String, Long> made = new TreeMap<>();
    TreeSet<String> types = new TreeSet<>();
    for (Path file : files) {
      JsonNode bundle = Fhir.JSON.readTree(file.toFile());
      bundle.path("entry").forEach(e -> types.add(e.at("/resource/resourceType").asText()));
    }
    int resources = 0;
    for (Path file : files) {
      resources += first(folder.relativize(file).toString(), Fhir.JSON.readTree(file.toFile()));
    }
    Map<String, Long> before = server.counts(types);
    for (Path file : files) {
      JsonNode bundle = Fhir.JSON.readTree(file.toFile());
      second(folder.relativize(file).toString(), bundle, again);
      bundle.path("entry").forEach(e -> made.merge(e.at("/resource/resourceType").asText(), 1L, Long::sum));
    }
    // the sink names such people by their ids; a bundle that is posted by hand has to be refused, but seldom
    report.check(
        ambiguous.size() * 20 <= files.size(),
        folder.toString(),
        ambiguous.size() + " bundles were refused because the server has two of one number");
    ambiguous.forEach(name -> report.note("refused, the server has two of one number: " + name));
    ambiguous.clear();
    Map<String, Long> after = server.counts(types);
    for (String type : types) {
      long expected = before.get(type) + (again == Again.DOUBLES ? made.get(type) : 0);
      report.check(
          after.get(type) == expected,
          folder + ", " + type,
          after.get(type) + " after the second post, " + expected + " are right");
    }
    report.note(
        String.format(
            "%s: %d bundles posted twice, %d resources read back, %.0f s",
            folder.getFileName(), files.size(), resources, (System.nanoTime() - start) / 1e9));
  }

  /** Posts a bundle and compares what is stored with what was sent; how many resources were compared. */
  int first(String name, JsonNode bundle) throws IOException, InterruptedException {
    Fhir.Answer answer = server.transaction(bundle);
    if (several(answer)) {
      ambiguous.add(name);
      return 0;
    }
    if (!report.check(answer.status() == 200, name, "refused, " + answer.reason())) {
      return 0;
    }
    int entries = bundle.path("entry").size();
    if (!report.check(answer.body().path("entry").size() == entries, name, "another number of entries in the answer")) {
      return 0;
    }
    Map<String, String> addresses = new HashMap<>();
    for (int i = 0; i < entries; i++) {
      JsonNode response = answer.body().at("/entry/" + i + "/response");
      String status = response.path("status").asText();
      report.check(status.startsWith("200") || status.startsWith("201"), name + ", entry " + i, status);
      addresses.put(bundle.at("/entry/" + i + "/fullUrl").asText(), address(response.path("location").asText()));
    }
    int compared = 0;
    for (int i = 0; i < entries; i++) {
      JsonNode entry = bundle.at("/entry/" + i);
      // a resource that the server knew by its identifier stays as it was
      boolean there = answer.body().at("/entry/" + i + "/response/status").asText().startsWith("200");
      boolean found = there && entry.at("/request").has("ifNoneExist");
      String address = addresses.get(entry.path("fullUrl").asText());
      Fhir.Answer stored = server.read(address);
      if (!report.check(stored.status() == 200, name + ", " + address, stored.reason()) || found) {
        continue;
      }
      List<String> differences = Comparison.differences(entry.path("resource"), stored.body(), addresses, there);
      report.check(differences.isEmpty(), name + ", " + address, String.join("; ", differences));
      compared++;
    }
    return compared;
  }

  private void second(String name, JsonNode bundle, Again again) throws IOException, InterruptedException {
    Fhir.Answer answer = server.transaction(bundle);
    if (several(answer)) {
      ambiguous.add(name);
      return;
    }
    if (!report.check(answer.status() == 200, name + ", second post", "refused, " + answer.reason())) {
      return;
    }
    String wanted = again == Again.DOUBLES ? "201" : "200";
    for (JsonNode entry : answer.body().path("entry")) {
      String status = entry.at("/response/status").asText();
      report.check(
          status.startsWith(wanted),
          name + ", second post, " + address(entry.at("/response/location").asText()),
          status + ", " + wanted + " is right");
    }
  }

  /** Whether a server refused a transaction because a conditional create met several resources (HAPI-0958). */
  private static boolean several(Fhir.Answer answer) {
    return answer.status() == 412 && answer.reason().contains("HAPI-0958");
  }

  /** {@code Type/id} of {@code https://server/fhir/Type/id/_history/1}. */
  private static String address(String location) {
    String current = location.replaceFirst("/_history/.*$", "");
    String[] parts = current.split("/");
    return parts.length < 2 ? current : parts[parts.length - 2] + "/" + parts[parts.length - 1];
  }
}
