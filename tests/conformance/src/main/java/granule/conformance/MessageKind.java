package granule.conformance;

import java.util.regex.Pattern;

/**
 * Reduces a message to its kind.
 *
 * <p>A batch of two thousand bundles gives hundreds of thousands of warnings which differ only in a
 * code, an index or a URL. Counting them by message would print them all; counting them by the
 * validator's identifier alone would hide which binding or which profile is meant. So the names
 * of definitions (canonical URLs of HL7 and of element paths) stay, and instance data goes.
 */
final class MessageKind {

  private static final int MAX_LENGTH = 220;

  private static final Pattern URN = Pattern.compile("urn:(uuid|oid):[0-9A-Za-z.\\-]+");
  private static final Pattern INDEX = Pattern.compile("\\[\\d+]");
  private static final Pattern CODE_IN_SYSTEM =
      Pattern.compile("(https?://(?:snomed\\.info/sct|loinc\\.org|[^\\s'\"|#]+))#[^\\s'\",)]+");
  private static final Pattern SINGLE_QUOTED = Pattern.compile("(?<![A-Za-z])'(?!https?:)[^']*'");
  private static final Pattern DOUBLE_QUOTED = Pattern.compile("\"[^\"]*\"");
  private static final Pattern NUMBER = Pattern.compile("(?<![A-Za-z0-9/._\\-])\\d+(\\.\\d+)*(?![A-Za-z0-9/])");
  private static final Pattern SPACES = Pattern.compile("\\s+");

  private MessageKind() {}

  static String of(Finding finding) {
    String text = finding.message();
    text = URN.matcher(text).replaceAll("urn:$1:…");
    text = CODE_IN_SYSTEM.matcher(text).replaceAll("$1#…");
    text = INDEX.matcher(text).replaceAll("[]");
    text = DOUBLE_QUOTED.matcher(text).replaceAll("\"…\"");
    text = SINGLE_QUOTED.matcher(text).replaceAll("'…'");
    text = NUMBER.matcher(text).replaceAll("#");
    text = SPACES.matcher(text).replaceAll(" ").strip();
    if (text.length() > MAX_LENGTH) {
      text = text.substring(0, MAX_LENGTH) + "…";
    }
    return finding.id().isEmpty() ? text : finding.id() + ": " + text;
  }
}
