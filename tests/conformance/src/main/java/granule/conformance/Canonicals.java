package granule.conformance;

/** Canonical URLs, as {@code http://…|4.0.1}. */
final class Canonicals {

  private Canonicals() {}

  static String withoutVersion(String canonical) {
    int bar = canonical.indexOf('|');
    return bar < 0 ? canonical : canonical.substring(0, bar);
  }
}
