"""What counts as kept. Run: python3 -m unittest discover benches/peers"""
import unittest

import kept

DOCUMENT = b'''<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <templateId root="1.2.3"/><id root="1.9" extension="D-1"/>
  <recordTarget><patientRole><id root="0B0AAF9B-7E27-5D5C-9A59-1B6F0F6F3A70"/>
    <patient><name><given>Ada</given><family>Byron</family></name>
      <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="18151210"/></patient>
  </patientRole></recordTarget>
  <section><text>38341003</text><observation><code code="8480-6" codeSystem="2.16.840.1.113883.6.1"/>
    <effectiveTime value="20260131233000-0500"/><value xsi:type="PQ" value="120" unit="mm[Hg]"/></observation>
    <observation><code nullFlavor="UNK" code="1" codeSystem="2.16.840.1.113883.6.96"/>
      <value xsi:type="INT" value="1999"/></observation></section>
</ClinicalDocument>'''


class Kept(unittest.TestCase):
    def count(self, bundle):
        return kept.kept(kept.of_document(DOCUMENT), kept.of_bundle(bundle))

    def test_what_is_looked_for(self):
        # not: templates, narrative, null codes, HL7's own vocabularies, an integer that looks like a year
        source = kept.of_document(DOCUMENT)
        self.assertEqual(source['codes'], {'8480-6'})
        self.assertEqual(source['dates'], {'18151210', '20260131233000-0500'})
        self.assertEqual({k: len(source[k]) for k in kept.KINDS},
                         {'codes': 1, 'quantities': 1, 'dates': 2, 'ids': 2, 'names': 2})

    def test_an_empty_bundle_keeps_nothing(self):
        self.assertTrue(all(have == 0 for have, _ in self.count({'resourceType': 'Bundle'}).values()))

    def test_all_of_it(self):
        bundle = {'entry': [
            {'resource': {'identifier': [{'system': 'urn:ietf:rfc:3986', 'value': 'urn:uuid:0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70'}],
                          'name': [{'family': 'Byron', 'given': ['Ada']}], 'birthDate': '1815-12-10'}},
            {'resource': {'identifier': [{'value': 'D-1'}], 'code': {'coding': [{'code': '8480-6'}]},
                          # the same moment in UTC is the next day
                          'effectiveDateTime': '2026-02-01T04:30:00Z',
                          'valueQuantity': {'value': 120.0, 'code': 'mm[Hg]'}}}]}
        self.assertTrue(all(have == of for have, of in self.count(bundle).values()), self.count(bundle))

    def test_narrative_and_the_original_do_not_count(self):
        bundle = {'text': {'div': '<div>8480-6 1815-12-10 Ada</div>'}, 'data': '8480-6', 'title': '8480-6'}
        self.assertTrue(all(have == 0 for have, _ in self.count(bundle).values()))

    def test_another_unit_or_day_is_not_the_same(self):
        bundle = {'valueQuantity': {'value': 120, 'unit': 'kPa'}, 'birthDate': '1815-12-11'}
        self.assertEqual([self.count(bundle)[k][0] for k in ('quantities', 'dates')], [0, 0])


if __name__ == '__main__':
    unittest.main()
