package granule.hapi;

import java.util.ArrayList;
import java.util.List;

/** Invented CDA documents that differ in what the checks of the sink are about. */
final class Documents {

  /** A problem: the extension of its id, its name, whether it is over. */
  record Problem(String id, String name, boolean over) {}

  /**
   * A document.
   *
   * @param patient extension of the patient's id
   * @param id extension of the document's id
   * @param set extension of its setId; null for none
   * @param version its number; 0 for none
   * @param time its effectiveTime
   * @param provider the author's number in the register of providers; null for an author with a local id
   * @param replaces extension of the id of the document that it replaces; null for none
   */
  record Document(
      String patient,
      String id,
      String set,
      int version,
      String time,
      String provider,
      String replaces,
      List<Problem> problems) {

    Document with(Problem... problems) {
      return new Document(patient, id, set, version, time, provider, replaces, List.of(problems));
    }

    Document by(String provider) {
      return new Document(patient, id, set, version, time, provider, replaces, problems);
    }

    Document replacing(String id) {
      return new Document(patient, this.id, set, version, time, provider, id, problems);
    }

    String xml() {
      List<String> entries = new ArrayList<>();
      for (Problem p : problems) {
        entries.add(
            ENTRY
                .replace("{id}", p.id())
                .replace("{name}", p.name())
                .replace("{status}", p.over() ? "completed" : "active")
                .replace("{high}", p.over() ? "<high value=\"20240201\"/>" : ""));
      }
      String versions = set == null ? "" : "<setId root=\"2.25.4711.1\" extension=\"" + set + "\"/>";
      if (version > 0) {
        versions += "<versionNumber value=\"" + version + "\"/>";
      }
      return DOCUMENT
          .replace("{id}", id)
          .replace("{versions}", versions)
          .replace("{related}", replaces == null ? "" : RELATED.replace("{old}", replaces))
          .replace("{author}", provider == null ? LOCAL_AUTHOR : PROVIDER.replace("{number}", provider))
          .replace("{patient}", patient)
          .replace("{time}", time)
          .replace("{entries}", String.join("\n", entries));
    }
  }

  private Documents() {}

  private static final String LOCAL_AUTHOR = "<id root=\"2.25.4711.3\" extension=\"author\"/>";

  private static final String PROVIDER = "<id root=\"2.16.840.1.113883.4.6\" extension=\"{number}\"/>";

  private static final String RELATED =
      "<relatedDocument typeCode=\"RPLC\"><parentDocument><id root=\"2.25.4711.6\" extension=\"{old}\"/></parentDocument></relatedDocument>";

  private static final String DOCUMENT =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <realmCode code="US"/>
        <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
        <templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>
        <id root="2.25.4711.6" extension="{id}"/>
        <code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summary of episode note"/>
        <title>Summary</title>
        <effectiveTime value="{time}"/>
        <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
        {versions}
        <recordTarget><patientRole>
          <id root="2.25.4711.2" extension="{patient}"/>
          <patient><name><given>Patient</given><family>{patient}</family></name>
            <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19700101"/></patient>
        </patientRole></recordTarget>
        <author><time value="{time}"/><assignedAuthor>{author}
          <assignedPerson><name><given>Ada</given><family>Author</family></name></assignedPerson></assignedAuthor></author>
        <custodian><assignedCustodian><representedCustodianOrganization><id root="2.25.4711.4" extension="house"/>
          <name>Invented House</name></representedCustodianOrganization></assignedCustodian></custodian>
        {related}
        <component><structuredBody><component><section>
          <templateId root="2.16.840.1.113883.10.20.22.2.5.1" extension="2015-08-01"/>
          <code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/>
          <title>Problems</title><text>Problems</text>
          {entries}
        </section></component></structuredBody></component>
      </ClinicalDocument>
      """;

  private static final String ENTRY =
      """
      <entry><act classCode="ACT" moodCode="EVN">
        <templateId root="2.16.840.1.113883.10.20.22.4.3" extension="2015-08-01"/>
        <id root="2.25.4711.5" extension="concern-{id}"/>
        <code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{status}"/>
        <effectiveTime><low value="20230101"/>{high}</effectiveTime>
        <entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
          <templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/>
          <id root="2.25.4711.5" extension="{id}"/>
          <code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
          <effectiveTime><low value="20230101"/>{high}</effectiveTime>
          <value xsi:type="CD" nullFlavor="OTH"><originalText>{name}</originalText></value>
        </observation></entryRelationship>
      </act></entry>""";
}
