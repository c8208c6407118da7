package granule.hapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** Whether this judge can fail: what is broken on purpose must be refused by the server, or seen by the comparison. */
final class SelfTest {

  private static final String PATIENT = "5e1f7e57-0000-4000-8000-000000000001";
  private static final String CONDITION = "5e1f7e57-0000-4000-8000-000000000002";

  private final Fhir server;
  private final Report report;

  SelfTest(Fhir server, Report report) {
    this.server = server;
    this.report = report;
  }

  void run() throws IOException, InterruptedException {
    int before = report.failed();
    refused("a reference to nothing", bundle(PATIENT, "urn:uuid:5e1f7e57-0000-4000-8000-00000000dead"));
    refused("a reference to a resource that the server has not", bundle(PATIENT, "Patient/nobody"));
    refused("two entries for one resource", bundle(CONDITION, null));
    report.check(
        server.read("Patient/" + PATIENT).status() == 404, "self-test", "part of a refused transaction was written");
    sees("a bundle that changes on its way");
    comparison();
    labels();
    narrative();
    report.note("self-test: " + (report.failed() == before ? "the judge can fail" : "NOT to be trusted"));
  }

  private void refused(String name, JsonNode bundle) throws IOException, InterruptedException {
    Fhir.Answer answer = server.transaction(bundle);
    report.check(answer.status() >= 400 && answer.status() < 500, "self-test", name + " is taken by the server");
  }

  /** The judge itself over bundles that must fail: a second post that creates, and a resource that comes back changed. */
  private void sees(String name) throws IOException, InterruptedException {
    Report silent = new Report(new PrintStream(OutputStream.nullOutputStream()));
    Bundles judge = new Bundles(server, silent);
    JsonNode dangling = bundle(PATIENT, "urn:uuid:5e1f7e57-0000-4000-8000-00000000dead");
    judge.first("dangling", dangling);
    report.check(silent.failed() == 1, "self-test", "a refused bundle is not a failure");
    report.check(judge.first("good", bundle(PATIENT, "urn:uuid:" + PATIENT)) == 2, "self-test", name);
    report.check(silent.failed() == 1, "self-test", "a good bundle is a failure");
  }

  private void comparison() throws IOException {
    JsonNode sent = Fhir.JSON.readTree(
        "{\"resourceType\":\"Observation\",\"id\":\"a\",\"valueQuantity\":{\"value\":1.50},"
            + "\"subject\":{\"reference\":\"urn:uuid:x\"},\"note\":[{\"text\":\"a\"}]}");
    String stored = "{\"resourceType\":\"Observation\",\"id\":\"1\",\"meta\":{\"versionId\":\"1\"},"
        + "\"valueQuantity\":{\"value\":1.50},\"subject\":{\"reference\":\"Patient/1\"},\"note\":[{\"text\":\"a\"}]}";
    for (String[] change : List.of(
        new String[] {"", "", "0"},
        new String[] {"1.50", "1.5", "1"},
        new String[] {"Patient/1", "Patient/2", "1"},
        new String[] {",\"note\":[{\"text\":\"a\"}]", "", "1"},
        new String[] {"\"text\":\"a\"", "\"text\":\"b\"", "1"},
        new String[] {"{\"text\":\"a\"}", "{\"text\":\"a\"},{\"text\":\"a\"}", "1"},
        new String[] {"\"id\":\"1\"", "\"id\":\"1\",\"status\":\"final\"", "1"})) {
      String other = change[0].isEmpty() ? stored : stored.replace(change[0], change[1]);
      int found =
          Comparison.differences(sent, Fhir.JSON.readTree(other), Map.of("urn:uuid:x", "Patient/1"), false)
              .size();
      report.check(found == Integer.parseInt(change[2]), "self-test", "comparison of " + change[0] + ": " + found);
    }
  }

  private void labels() throws IOException {
    JsonNode sent = Fhir.JSON.readTree("{\"resourceType\":\"Basic\",\"meta\":{\"profile\":[\"urn:a\"]}}");
    JsonNode more = Fhir.JSON.readTree("{\"resourceType\":\"Basic\",\"meta\":{\"profile\":[\"urn:a\",\"urn:b\"]}}");
    boolean seen = !Comparison.differences(sent, more, Map.of(), false).isEmpty();
    report.check(seen, "self-test", "a profile that came in addition");
    report.check(Comparison.differences(sent, more, Map.of(), true).isEmpty(), "self-test", "a profile of before");
    report.check(!Comparison.differences(more, sent, Map.of(), true).isEmpty(), "self-test", "a profile that is gone");
  }

  private void narrative() {
    String one = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p id=\"a\" class=\"b\">5 &lt; 6 <b></b></p></div>";
    String same = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"b\" id=\"a\">5 &lt;  6 <b/></p></div>";
    report.check(Xhtml.canonical(one).equals(Xhtml.canonical(same)), "self-test", "one narrative is two");
    for (String other : List.of(same.replace("6", "7"), same.replace("\"b\"", "\"c\""), same.replace("<b/>", ""))) {
      report.check(!Xhtml.canonical(one).equals(Xhtml.canonical(other)), "self-test", "two narratives are one");
    }
  }

  /** A patient, and a problem of somebody. */
  private static JsonNode bundle(String patient, String subject) {
    ObjectNode bundle = Fhir.JSON.createObjectNode().put("resourceType", "Bundle").put("type", "transaction");
    var entries = bundle.putArray("entry");
    ObjectNode first = entries.addObject().put("fullUrl", "urn:uuid:" + patient);
    String type = patient.equals(CONDITION) ? "Condition" : "Patient";
    ObjectNode resource = first.putObject("resource").put("resourceType", type).put("id", patient);
    if (type.equals("Condition")) {
      resource.putObject("subject").put("display", "somebody");
    } else {
      resource.put("active", true);
    }
    first.putObject("request").put("method", "PUT").put("url", type + "/" + patient);
    ObjectNode second = entries.addObject().put("fullUrl", "urn:uuid:" + CONDITION);
    ObjectNode whose =
        second.putObject("resource").put("resourceType", "Condition").put("id", CONDITION).putObject("subject");
    if (subject == null) {
      whose.put("display", "somebody");
    } else {
      whose.put("reference", subject);
    }
    second.putObject("request").put("method", "PUT").put("url", "Condition/" + CONDITION);
    return bundle;
  }
}
