package granule.hapi;

import com.fasterxml.jackson.databind.JsonNode;
import granule.hapi.Documents.Document;
import granule.hapi.Documents.Problem;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Documents that correct, replace and overtake each other, written by granule itself. */
final class SinkChecks {

  private static final List<String> TYPES =
      List.of("Patient", "Condition", "Composition", "DocumentReference", "Provenance", "Practitioner", "Organization");

  private final Fhir server;
  private final Granule granule;
  private final Report report;

  SinkChecks(Fhir server, Granule granule, Report report) {
    this.server = server;
    this.granule = granule;
    this.report = report;
  }

  /**
   * Runs them all.
   *
   * @param documents a folder of further documents that are sent twice; null for none
   */
  void run(Path documents) throws IOException, InterruptedException {
    int before = report.failed();
    correctedVersion();
    replacement();
    olderDocument();
    sharedIds();
    atTheSameTime();
    knownSeveralTimes();
    writeModes();
    refusal();
    if (documents != null) {
      twice(documents);
    }
    report.note("sink: " + (report.failed() == before ? "all as it should be" : "NOT as it should be"));
  }

  /** A corrected version updates and makes nothing twice, takes back what it drops; the old one sent late changes nothing. */
  private void correctedVersion() throws IOException, InterruptedException {
    String name = "corrected version";
    Document first = document("corrected", "D1", "S1", 1, "20240110100000+0000");
    Document v1 = first.with(new Problem("c-kept", "asthma", false), new Problem("c-dropped", "gout", false));
    Document v2 = document("corrected", "D2", "S1", 2, "20240111100000+0000").with(new Problem("c-kept", "asthma", true));
    sent(name, v1);
    Map<String, Long> counts = server.counts(TYPES);
    is(name, "active", clinicalStatus(one(name, "c-kept")));
    sent(name, v2);
    report.check(server.counts(TYPES).equals(counts), name, "the second version made resources anew");
    is(name, "resolved", clinicalStatus(one(name, "c-kept")));
    JsonNode dropped = one(name, "c-dropped");
    is(name, "entered-in-error", dropped.at("/verificationStatus/coding/0/code").asText());
    report.check(!dropped.has("clinicalStatus"), name, "what was taken back still has a course");

    List<String> state = state("c-kept", "c-dropped");
    Granule.Run late = sent(name, v1);
    report.check(late.said().contains("1 document outdated"), name, "an older version is not told: " + late.said());
    report.check(state("c-kept", "c-dropped").equals(state), name, "an older version sent late changed something");
    sent(name, v2);
    report.check(state("c-kept", "c-dropped").equals(state), name, "the same version sent again changed something");
    report.check(server.counts(TYPES).equals(counts), name, "the same version sent again made resources anew");
  }

  /** Documents without setId, of which one names the other by its id: what it drops is taken back, and the other sent late changes nothing. */
  private void replacement() throws IOException, InterruptedException {
    String name = "replacement";
    Document first =
        document("replaced", "D70", null, 0, "20240110100000+0000")
            .with(new Problem("x-kept", "asthma", false), new Problem("x-dropped", "gout", false));
    Document second =
        document("replaced", "D71", null, 0, "20240111100000+0000")
            .replacing("D70")
            .with(new Problem("x-kept", "asthma", true));
    sent(name, first);
    Granule.Run run = sent(name, second);
    report.check(run.said().contains("1 document superseded"), name, run.said());
    is(name, "resolved", clinicalStatus(one(name, "x-kept")));
    is(name, "entered-in-error", one(name, "x-dropped").at("/verificationStatus/coding/0/code").asText());
    is(name, "[D70 superseded, D71 current]", documents("D70", "D71").toString());
    List<String> state = state("x-kept", "x-dropped");
    Granule.Run late = sent(name, first);
    report.check(late.said().contains("1 document outdated"), name, "a replaced document sent late is not told: " + late.said());
    sent(name, second);
    report.check(state("x-kept", "x-dropped").equals(state), name, "what was replaced came back, or changed again");
    // a document of somebody else that names it by mistake
    Document mistaken = document("somebody-else", "D72", null, 0, "20240112").replacing("D71");
    Granule.Run other = sent(name, mistaken.with(new Problem("x-other", "asthma", false)));
    report.check(other.said().contains("replaced-not-retired"), name, other.said());
    report.check(state("x-kept", "x-dropped").equals(state), name, "a document of another patient took something back");
    is(name, "[D70 superseded, D71 current]", documents("D70", "D71").toString());
  }

  /** Another document of the same patient, made earlier and sent later, repeats entries of a newer one. */
  private void olderDocument() throws IOException, InterruptedException {
    String name = "older document";
    Document newer = document("overtaken", "D10", null, 0, "20240610100000+0000").with(new Problem("o-both", "asthma", true));
    Document older =
        document("overtaken", "D11", null, 0, "20240110100000+0000")
            .with(new Problem("o-both", "asthma", false), new Problem("o-old", "gout", false));
    Document newest = document("overtaken", "D12", null, 0, "20241210").with(new Problem("o-both", "asthma", false));
    sent(name, newer);
    List<String> state = state("o-both");
    sent(name, older);
    report.check(state("o-both").equals(state), name, "what the newer document said was overwritten");
    is(name, "resolved", clinicalStatus(one(name, "o-both")));
    is(name, "active", clinicalStatus(one(name, "o-old")));
    sent(name, newest);
    is(name, "active", clinicalStatus(one(name, "o-both")));
    is(name, "active", clinicalStatus(one(name, "o-old")));
  }

  /** Two patients of one sender whose problems have the same ids. */
  private void sharedIds() throws IOException, InterruptedException {
    String name = "shared ids";
    sent(name, document("shared-a", "D20", null, 0, "20240110").with(new Problem("s-1", "asthma", false)));
    sent(name, document("shared-b", "D21", null, 0, "20240111").with(new Problem("s-1", "gout", false)));
    List<JsonNode> found = found("s-1");
    if (report.check(found.size() == 2, name, found.size() + " problems, 2 are right")) {
      List<String> said = new ArrayList<>();
      for (JsonNode condition : found) {
        JsonNode patient = server.read(condition.at("/subject/reference").asText()).body();
        said.add(patient.at("/name/0/family").asText() + " " + condition.at("/code/text").asText());
      }
      Collections.sort(said);
      is(name, "[shared-a asthma, shared-b gout]", said.toString());
    }
  }

  /** Versions of one document in any order, several at a time: the newest is what stays. */
  private void atTheSameTime() throws IOException, InterruptedException {
    String name = "versions at the same time";
    List<Document> versions = new ArrayList<>();
    for (int n = 1; n <= 8; n++) {
      versions.add(
          document("crowded", "D30-" + n, "S30", n, "202401" + (10 + n))
              .with(new Problem("t-1", "asthma, version " + n, false)));
    }
    Collections.shuffle(versions, new Random(7));
    Granule.Run run = granule.send(versions, "--jobs", "4");
    report.check(run.exit() == 0, name, run.said());
    is(name, "asthma, version 8", one(name, "t-1").at("/code/text").asText());
  }

  /** A provider whom the server has twice under one number cannot be found by it; the document is written all the same. */
  private void knownSeveralTimes() throws IOException, InterruptedException {
    String name = "known several times";
    Document first = document("several", "D60", null, 0, "20240110").by("9999999990");
    sent(name, first.with(new Problem("k-1", "asthma", false)), "--write", "post");
    sent(name, first.with(new Problem("k-2", "asthma", false)), "--write", "post");
    Document second = document("several", "D61", null, 0, "20240111").by("9999999990");
    sent(name, second.with(new Problem("k-3", "asthma", false)));
    one(name, "k-3");
  }

  /** The other two ways to write: by id throughout, and everything anew. */
  private void writeModes() throws IOException, InterruptedException {
    String name = "write modes";
    Document put = document("modes-put", "D40", "S40", 1, "20240110").with(new Problem("m-put", "asthma", false));
    sent(name, put, "--write", "put");
    sent(name, put, "--write", "put");
    report.check(found("m-put").size() == 1, name, "put twice made it twice");
    Document post = document("modes-post", "D41", "S41", 1, "20240110").with(new Problem("m-post", "asthma", false));
    sent(name, post, "--write", "post");
    sent(name, post, "--write", "post");
    report.check(found("m-post").size() == 2, name, "post twice did not make it twice");
  }

  /** A folder of documents, sent in one run and then in another: the second makes nothing new. */
  private void twice(Path documents) throws IOException, InterruptedException {
    Granule.Run first = granule.send(documents);
    report.check(first.exit() == 0, documents.toString(), first.said());
    Granule.Run second = granule.send(documents);
    report.check(second.exit() == 0, documents.toString(), second.said());
    report.check(second.said().contains(": 0 resources new"), documents + " again", second.said());
  }

  /** What the server refuses is told: which entry, and why; and nothing of it is written. */
  private void refusal() throws IOException, InterruptedException {
    String name = "refusal";
    Map<String, Long> counts = server.counts(TYPES);
    Granule.Run run =
        granule.send(
            document("refused", "D50", null, 0, "20240110").with(new Problem("r-1", "asthma", false)),
            "--patient",
            "Patient/nobody-here");
    report.check(run.exit() == 1, name, "exit " + run.exit());
    report.check(run.said().contains("not-delivered") && run.said().contains("Patient/nobody-here"), name, run.said());
    report.check(server.counts(TYPES).equals(counts), name, "part of it was written");
  }

  private static Document document(String patient, String id, String set, int version, String time) {
    return new Document(patient, id, set, version, time, null, null, List.of());
  }

  private Granule.Run sent(String name, Document document, String... options) throws IOException, InterruptedException {
    Granule.Run run = granule.send(document, options);
    report.check(run.exit() == 0, name, "exit " + run.exit() + ": " + run.said());
    return run;
  }

  private void is(String name, String wanted, String found) {
    report.check(wanted.equals(found), name, found + ", " + wanted + " is right");
  }

  private static String clinicalStatus(JsonNode condition) {
    return condition.at("/clinicalStatus/coding/0/code").asText();
  }

  /** The problems of an id. */
  private List<JsonNode> found(String id) throws IOException, InterruptedException {
    String token = URLEncoder.encode("urn:oid:2.25.4711.5|" + id, StandardCharsets.UTF_8);
    List<JsonNode> found = new ArrayList<>();
    for (JsonNode entry : server.read("Condition?identifier=" + token).body().path("entry")) {
      found.add(entry.path("resource"));
    }
    return found;
  }

  /** What is said of documents: their ids, each with its status. */
  private List<String> documents(String... ids) throws IOException, InterruptedException {
    List<String> documents = new ArrayList<>();
    for (String id : ids) {
      String token = URLEncoder.encode("urn:oid:2.25.4711.6|" + id, StandardCharsets.UTF_8);
      for (JsonNode entry : server.read("DocumentReference?identifier=" + token).body().path("entry")) {
        documents.add(id + " " + entry.at("/resource/status").asText());
      }
    }
    return documents;
  }

  private JsonNode one(String name, String id) throws IOException, InterruptedException {
    List<JsonNode> found = found(id);
    report.check(found.size() == 1, name, found.size() + " problems " + id + ", 1 is right");
    return found.isEmpty() ? Fhir.JSON.createObjectNode() : found.get(0);
  }

  /** The problems as they stand, with the numbers of their versions. */
  private List<String> state(String... ids) throws IOException, InterruptedException {
    List<String> state = new ArrayList<>();
    for (String id : ids) {
      found(id).forEach(c -> state.add(c.toString()));
    }
    return state;
  }
}
