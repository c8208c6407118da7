package granule.hapi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether a server gives back what it was sent. Its own are the id that it chose, the version, the time and the source of
 * the last update, and the addresses of resources that it chose. Everything else must be the same.
 */
final class Comparison {

  private static final Set<String> OF_THE_SERVER = Set.of("versionId", "lastUpdated", "source");
  private static final Set<String> SETS = Set.of("profile", "security", "tag");

  private final Map<String, String> addresses;
  private final boolean updated;
  private final List<String> differences = new ArrayList<>();

  private Comparison(Map<String, String> addresses, boolean updated) {
    this.addresses = addresses;
    this.updated = updated;
  }

  /**
   * Where they differ, by path; never what stands there.
   *
   * @param addresses where each {@code urn:uuid:} of the bundle is on the server, as {@code Type/id}
   * @param updated the resource was there before: a server adds labels and profiles to those it had, as FHIR has it
   */
  static List<String> differences(JsonNode sent, JsonNode stored, Map<String, String> addresses, boolean updated) {
    Comparison comparison = new Comparison(addresses, updated);
    comparison.objects(sent.path("resourceType").asText(), sent, stored, true);
    return comparison.differences;
  }

  private void objects(String path, JsonNode sent, JsonNode stored, boolean resource) {
    Set<String> names = new TreeSet<>();
    sent.fieldNames().forEachRemaining(names::add);
    stored.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      boolean meta = path.indexOf('.') == path.lastIndexOf('.') && path.endsWith(".meta");
      if (resource && name.equals("id") || meta && OF_THE_SERVER.contains(name)) {
        continue;
      }
      JsonNode one = sent.get(name);
      JsonNode other = stored.get(name);
      String below = path + "." + name;
      if (meta && SETS.contains(name)) {
        Set<String> there = set(other);
        Set<String> wanted = set(one);
        if (!(updated ? there.containsAll(wanted) : there.equals(wanted))) {
          differences.add(below + ": other members");
        }
      } else if (resource && name.equals("meta")) {
        JsonNode none = Fhir.JSON.createObjectNode();
        objects(below, one == null ? none : one, other == null ? none : other, false);
      } else if (one == null || other == null) {
        differences.add(below + (one == null ? ": came in addition" : ": is gone"));
      } else {
        values(below, one, other);
      }
    }
  }

  private void values(String path, JsonNode sent, JsonNode stored) {
    if (sent.isObject() && stored.isObject()) {
      objects(path, sent, stored, false);
    } else if (sent.isArray() && stored.isArray()) {
      if (sent.size() != stored.size()) {
        differences.add(path + ": " + sent.size() + " items became " + stored.size());
        return;
      }
      for (int i = 0; i < sent.size(); i++) {
        values(path + "[" + i + "]", sent.get(i), stored.get(i));
      }
    } else if (sent.isTextual() && stored.isTextual()) {
      if (!same(path, sent.asText(), stored.asText())) {
        differences.add(path + ": another text");
      }
    } else if (!sent.toString().equals(stored.toString())) {
      // by their text: 1.50 and 1.5 say different things
      differences.add(path + ": another value");
    }
  }

  private boolean same(String path, String sent, String stored) {
    if (path.endsWith(".div")) {
      return Xhtml.canonical(sent).equals(Xhtml.canonical(stored));
    }
    return addresses.getOrDefault(sent, sent).equals(stored);
  }

  /** Labels are known by system and code: a server keeps one of them for all its resources, with one display. */
  private static Set<String> set(JsonNode list) {
    Set<String> members = new HashSet<>();
    for (JsonNode item : list == null ? Fhir.JSON.createArrayNode() : list) {
      members.add(item.isObject() ? item.path("system").asText() + "|" + item.path("code").asText() : item.asText());
    }
    return members;
  }
}
