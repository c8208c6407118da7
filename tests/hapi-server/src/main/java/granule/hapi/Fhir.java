package granule.hapi;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.Collection;
import java.util.Map;

/** What a client sees of a FHIR server. Numbers keep their digits: {@code 1.50} is not {@code 1.5}. */
final class Fhir {

  static final ObjectMapper JSON =
      JsonMapper.builder()
          .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  record Answer(int status, JsonNode body) {

    /** What the server says when it refuses. */
    String reason() {
      StringBuilder text = new StringBuilder("status " + status);
      for (JsonNode issue : body.path("issue")) {
        text.append("; ").append(issue.path("diagnostics").asText(issue.path("code").asText()));
      }
      return text.length() > 400 ? text.substring(0, 400) + "…" : text.toString();
    }
  }

  private final HttpClient client = HttpClient.newHttpClient();
  private final String base;

  Fhir(String base) {
    this.base = base;
  }

  String base() {
    return base;
  }

  Answer transaction(JsonNode bundle) throws IOException, InterruptedException {
    return send(request("").POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(bundle))));
  }

  Answer read(String path) throws IOException, InterruptedException {
    return send(request("/" + path).GET());
  }

  /** How many resources of each type there are. */
  Map<String, Long> counts(Collection<String> types) throws IOException, InterruptedException {
    Map<String, Long> counts = new TreeMap<>();
    for (String type : types) {
      Answer answer = read(type + "?_summary=count");
      if (answer.status() != 200 || !answer.body().has("total")) {
        throw new IOException("no count of " + type + ": " + answer.reason());
      }
      counts.put(type, answer.body().get("total").asLong());
    }
    return counts;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).header("Content-Type", "application/fhir+json");
  }

  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<byte[]> response = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    byte[] body = response.body();
    JsonNode json = JSON.readTree(body.length == 0 ? "null".getBytes(StandardCharsets.UTF_8) : body);
    return new Answer(response.statusCode(), json);
  }
}
