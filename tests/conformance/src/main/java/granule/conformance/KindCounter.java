package granule.conformance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts findings by kind, and keeps one example of each. */
final class KindCounter {

  private final Map<String, Kind> kinds = new HashMap<>();
  private long total;

  void add(String file, Finding finding) {
    total++;
    Kind kind = kinds.computeIfAbsent(finding.kind(), Kind::new);
    kind.count++;
    // Files end in any order when threads work on them: the report must not depend on that.
    String example = file + ": " + finding.location() + ": " + finding.message();
    if (kind.example == null || example.compareTo(kind.example) < 0) {
      kind.example = example;
    }
  }

  long total() {
    return total;
  }

  /** Most frequent first. */
  List<Kind> ranked() {
    List<Kind> ranked = new ArrayList<>(kinds.values());
    ranked.sort(Comparator.comparingLong((Kind k) -> -k.count).thenComparing(k -> k.text));
    return ranked;
  }

  static final class Kind {
    final String text;
    long count;
    String example;

    Kind(String text) {
      this.text = text;
    }
  }
}
