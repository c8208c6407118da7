package granule.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IllformedLocaleException;
import java.util.Locale;
import java.util.MissingResourceException;
import java.util.Set;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * Decides BCP 47 language tags with what the Java runtime knows.
 *
 * <p>HAPI knows only R4's list of common languages, to which the binding is merely preferred, and makes an error of any other:
 * of Welsh, Vietnamese or Mexican Spanish. Here a tag is valid when it is well-formed and its language and
 * region exist. A three-letter language which has a two-letter code is not: BCP 47 demands the shorter one.
 */
final class LanguageTags implements IValidationSupport {

  static final String SYSTEM = "urn:ietf:bcp:47";
  private static final Set<String> VALUE_SETS =
      Set.of(
          "http://hl7.org/fhir/ValueSet/languages",
          "http://hl7.org/fhir/ValueSet/all-languages",
          "http://hl7.org/fhir/us/core/ValueSet/simple-language");

  private static final Set<String> TWO_LETTERS = Set.of(Locale.getISOLanguages());
  private static final Set<String> REPLACED = replacedThreeLetters();
  private static final Set<String> REGIONS = Set.of(Locale.getISOCountries());

  private final FhirContext context;

  LanguageTags(FhirContext context) {
    this.context = context;
  }

  @Override
  public FhirContext getFhirContext() {
    return context;
  }

  @Override
  public boolean isCodeSystemSupported(ValidationSupportContext support, String system) {
    return SYSTEM.equals(system);
  }

  @Override
  public boolean isValueSetSupported(ValidationSupportContext support, String url) {
    return url != null && VALUE_SETS.contains(Canonicals.withoutVersion(url));
  }

  @Override
  public CodeValidationResult validateCode(
      ValidationSupportContext support,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      String valueSetUrl) {
    boolean ours =
        valueSetUrl == null ? SYSTEM.equals(system) : isValueSetSupported(support, valueSetUrl);
    return ours ? decide(system, code, display) : null;
  }

  @Override
  public CodeValidationResult validateCodeInValueSet(
      ValidationSupportContext support,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      IBaseResource valueSet) {
    return isValueSetSupported(support, ((ValueSet) valueSet).getUrl())
        ? decide(system, code, display)
        : null;
  }

  private static CodeValidationResult decide(String system, String code, String display) {
    boolean rightSystem = system == null || system.isEmpty() || SYSTEM.equals(system);
    if (rightSystem && isValid(code)) {
      return new CodeValidationResult().setCode(code).setDisplay(display);
    }
    return new CodeValidationResult()
        .setSeverity(IssueSeverity.ERROR)
        .setMessage("'" + code + "' is not a BCP 47 language tag");
  }

  static boolean isValid(String tag) {
    Locale locale;
    try {
      locale = new Locale.Builder().setLanguageTag(tag).build();
    } catch (IllformedLocaleException e) {
      return false;
    }
    String language = locale.getLanguage();
    String region = locale.getCountry();
    boolean knownLanguage =
        TWO_LETTERS.contains(language)
            || (language.length() == 3
                && !REPLACED.contains(language)
                && !locale.getDisplayLanguage(Locale.ENGLISH).equals(language));
    boolean knownRegion =
        region.isEmpty() || REGIONS.contains(region) || region.matches("[0-9]{3}");
    return knownLanguage && knownRegion;
  }

  private static Set<String> replacedThreeLetters() {
    Set<String> codes = new HashSet<>();
    for (String language : Arrays.asList(Locale.getISOLanguages())) {
      try {
        codes.add(new Locale(language).getISO3Language());
      } catch (MissingResourceException e) {
        // A two-letter code without a three-letter one replaces nothing.
      }
    }
    return codes;
  }
}
