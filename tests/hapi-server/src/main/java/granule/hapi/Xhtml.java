package granule.hapi;

import java.io.StringReader;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;

/** Narrative in one form, whoever wrote it: entities, order of attributes, white space and empty elements say nothing. */
final class Xhtml {

  private Xhtml() {}

  /** The one form; what is no XML stays as it is. */
  static String canonical(String div) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      InputSource source = new InputSource(new StringReader(div.replace("&nbsp;", "\u00a0")));
      StringBuilder out = new StringBuilder();
      write(factory.newDocumentBuilder().parse(source).getDocumentElement(), out);
      return out.toString();
    } catch (Exception e) {
      return div;
    }
  }

  private static void write(Node node, StringBuilder out) {
    if (node.getNodeType() == Node.TEXT_NODE) {
      String text = node.getNodeValue().replaceAll("[ \\t\\r\\n]+", " ");
      if (!text.isBlank()) {
        // beside a tag it shows nothing
        out.append('"').append(text.strip()).append('"');
      }
      return;
    }
    Map<String, String> attributes = new TreeMap<>();
    NamedNodeMap all = node.getAttributes();
    for (int i = 0; all != null && i < all.getLength(); i++) {
      attributes.put(all.item(i).getNodeName(), all.item(i).getNodeValue());
    }
    out.append('<').append(node.getNodeName()).append(attributes).append('>');
    for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
      write(child, out);
    }
    out.append("</>");
  }
}
