//! One element of StrucDoc, or of the HTML that some senders write in its place, after the other.

use rustc_hash::FxHashSet;

use crate::cda::narrative::is_space;
use crate::cda::tree::Tree;
use crate::cda::xml::XmlNode;

use super::Images;

/// Writes XHTML; remembers what has been written.
pub(super) struct Writer<'t, 'i> {
    pub(super) out: String,
    /// text that is not blank, or an image, has been written
    pub(super) visible: bool,
    /// something was left out with its content
    pub(super) dropped: bool,
    /// media could not be shown
    pub(super) unresolved: bool,
    /// finds elements by ID; `None` where only what is below `root` can be found
    pub(super) tree: Option<&'t Tree<'t>>,
    /// links inside the document may point only below this element
    root: Option<XmlNode<'t>>,
    ids: FxHashSet<&'t str>,
    images: Images<'i>,
    in_link: bool,
}

impl<'t, 'i> Writer<'t, 'i> {
    pub(super) fn new(tree: Option<&'t Tree<'t>>, root: Option<XmlNode<'t>>, images: Images<'i>) -> Self {
        Writer {
            out: String::new(),
            visible: false,
            dropped: false,
            unresolved: false,
            tree,
            root,
            ids: FxHashSet::default(),
            images,
            in_link: false,
        }
    }

    /// What stands inside an element.
    pub(super) fn children(&mut self, element: XmlNode<'t>) {
        for child in element.children() {
            if child.is_element() {
                self.element(child);
            } else if child.is_text() {
                self.text(child.text().unwrap_or(""));
            }
        }
    }

    /// Text as written; what is only white space and broken over lines is one blank.
    pub(super) fn text(&mut self, text: &str) {
        if text.chars().all(is_space) {
            if text.contains('\n') && !text.contains('\u{a0}') {
                self.out.push(' ');
            } else {
                self.out.push_str(text);
            }
            return;
        }
        self.visible = true;
        escape(text, &mut self.out, false);
    }

    /// One element, by its local name.
    pub(super) fn element(&mut self, e: XmlNode<'t>) {
        let local = e.local_name();
        match local {
            "br" => self.out.push_str("<br/>"),
            "hr" => self.out.push_str("<hr/>"),
            "content" | "span" | "u" | "font" | "s" | "strike" | "del" | "ins" => self.inline(e, "span"),
            "footnote" => self.inline(e, "span"),
            "sub" | "sup" | "b" | "i" | "em" | "strong" | "small" | "big" | "tt" | "code" | "cite" | "q" | "abbr" => {
                let tag: &'static str = INLINE.iter().find(|t| **t == local).copied().unwrap_or("span");
                self.inline(e, tag);
            }
            "paragraph" | "p" => self.inline(e, "p"),
            "h1" => self.inline(e, "h1"),
            "h2" => self.inline(e, "h2"),
            "h3" => self.inline(e, "h3"),
            "h4" => self.inline(e, "h4"),
            "h5" => self.inline(e, "h5"),
            "h6" => self.inline(e, "h6"),
            "pre" => self.inline(e, "pre"),
            "div" | "blockquote" | "dl" | "dt" | "dd" | "caption" | "center" | "title" => self.block(e, "div"),
            // parts of lists and tables that stand outside any
            "item" | "li" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" => self.block(e, "div"),
            "list" | "ul" | "ol" => self.list(e),
            "table" => self.table(e),
            "linkHtml" | "a" => self.link(e),
            "footnoteRef" => self.footnote_reference(e),
            "renderMultiMedia" => self.media(e),
            "img" => self.picture(e),
            "reference" | "col" | "colgroup" => {}
            "script" | "style" | "head" | "object" | "embed" | "iframe" | "applet" | "form" | "input" | "link"
            | "meta" | "base" | "svg" | "math" => self.dropped = true,
            _ => self.children(e),
        }
    }

    /// An element that may hold only inline content; with blocks inside it becomes a div.
    fn inline(&mut self, e: XmlNode<'t>, tag: &'static str) {
        self.block(e, if holds_block(e) { "div" } else { tag });
    }

    /// An element with its content under a tag.
    pub(super) fn block(&mut self, e: XmlNode<'t>, tag: &'static str) {
        self.open(e, tag);
        self.children(e);
        self.close(tag);
    }

    /// A start tag with the attributes that all elements share.
    pub(super) fn open(&mut self, e: XmlNode<'t>, tag: &'static str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.common(e);
        self.out.push('>');
    }

    pub(super) fn close(&mut self, tag: &'static str) {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// `id` (the first element that bears it), `lang`, `class` and `style`.
    pub(super) fn common(&mut self, e: XmlNode<'t>) {
        let local = e.local_name();
        // most elements have no attribute and a name that says nothing about looks
        if e.attributes().next().is_none()
            && !matches!(local, "footnote" | "caption" | "s" | "strike" | "del" | "u" | "ins")
        {
            return;
        }
        let (mut styles, mut lang) = (None, None);
        let mut revised = None;
        for a in e.attributes() {
            match a.local_name() {
                "ID" | "id" => {
                    let id = a.value().trim();
                    if !id.is_empty() && !id.contains(is_space) && self.ids.insert(id) {
                        self.attribute("id", id);
                    }
                }
                "styleCode" | "class" => styles = Some(a.value()),
                "language" | "lang" => lang = Some(a.value().trim()),
                "revised" => revised = Some(a.value()),
                _ => {}
            }
        }
        if let Some(lang) = lang.filter(|l| !l.is_empty()) {
            self.attribute("lang", lang);
        }
        let extra = match (local, revised) {
            ("footnote", _) => Some("footnote"),
            ("caption", _) => Some("caption"),
            _ => None,
        };
        let tokens = || styles.unwrap_or("").split_whitespace();
        let mut classes = tokens().filter(|t| css(t).is_none()).chain(extra).peekable();
        if classes.peek().is_some() {
            self.out.push_str(" class=\"");
            for (i, class) in classes.enumerate() {
                if i > 0 {
                    self.out.push(' ');
                }
                escape(class, &mut self.out, true);
            }
            self.out.push('"');
        }
        // text that an author has struck out must not read as if it stood
        let own = match (local, revised) {
            (_, Some("delete")) | ("s" | "strike" | "del", _) => Some("text-decoration: line-through"),
            ("u" | "ins", _) => Some("text-decoration: underline"),
            _ => None,
        };
        let mut rules = tokens().filter_map(css).chain(own).peekable();
        if rules.peek().is_some() {
            self.out.push_str(" style=\"");
            for (i, rule) in rules.enumerate() {
                if i > 0 {
                    self.out.push_str("; ");
                }
                self.out.push_str(rule);
            }
            self.out.push('"');
        }
    }

    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(key);
        self.out.push_str("=\"");
        escape(value, &mut self.out, true);
        self.out.push('"');
    }

    /// A list: its captions before it, its items in it; what stands between items is an item.
    fn list(&mut self, e: XmlNode<'t>) {
        let tag = list_tag(e);
        for caption in children(e, "caption") {
            self.block(caption, "div");
        }
        let mut items = e.children().filter(|c| !is(*c, "caption") && !blank(*c)).peekable();
        if items.peek().is_none() {
            return;
        }
        self.open(e, tag);
        for item in items {
            match item.local_name() {
                "item" | "li" => self.block(item, "li"),
                _ => {
                    self.out.push_str("<li>");
                    self.any(item);
                    self.out.push_str("</li>");
                }
            }
        }
        self.close(tag);
    }

    /// An element or a text.
    pub(super) fn any(&mut self, node: XmlNode<'t>) {
        if node.is_element() {
            self.element(node);
        } else if node.is_text() {
            self.text(node.text().unwrap_or(""));
        }
    }

    /// One item, with the list around it that says how items are numbered.
    pub(super) fn list_part(&mut self, item: XmlNode<'t>) {
        let list = item.parent_element().filter(|p| matches!(p.local_name(), "list" | "ul" | "ol"));
        let tag = list.map_or("ul", list_tag);
        for caption in list.into_iter().flat_map(|l| children(l, "caption")) {
            self.block(caption, "div");
        }
        self.out.push('<');
        self.out.push_str(tag);
        self.out.push('>');
        // a caption alone does not make an item visible
        self.visible = false;
        self.block(item, "li");
        self.close(tag);
    }

    /// A link to what may be linked to; anything else gives its content.
    fn link(&mut self, e: XmlNode<'t>) {
        let href = e.attribute("href").map(str::trim).filter(|h| self.allowed(h));
        let Some(href) = href.filter(|_| !self.in_link && !holds_block(e)) else {
            return self.block(e, if holds_block(e) { "div" } else { "span" });
        };
        self.out.push_str("<a");
        self.attribute("href", href);
        if let Some(title) = e.attribute("title").filter(|t| !t.trim().is_empty()) {
            self.attribute("title", title);
        }
        self.common(e);
        self.out.push('>');
        self.in_link = true;
        let before = self.out.len();
        self.children(e);
        if self.out.len() == before {
            self.text(href);
        }
        self.in_link = false;
        self.out.push_str("</a>");
    }

    /// Whether a link may be given: to the web, to mail, or into what is being written.
    fn allowed(&self, href: &str) -> bool {
        let scheme = |s: &str| href.get(..s.len()).is_some_and(|h| h.eq_ignore_ascii_case(s));
        match href.strip_prefix('#') {
            Some(id) => self.root.is_some_and(|root| match self.tree {
                Some(tree) => tree.by_xml_id(id).is_some_and(|target| target.ancestors().any(|a| a == root)),
                None => root.descendants().any(|d| d.attribute("ID").or(d.attribute("id")) == Some(id)),
            }),
            None => scheme("http://") || scheme("https://") || scheme("mailto:"),
        }
    }

    fn footnote_reference(&mut self, e: XmlNode<'t>) {
        let Some(id) = e.attribute("IDREF").map(str::trim).filter(|i| !i.is_empty()) else { return self.children(e) };
        let href = format!("#{id}");
        let linked = !self.in_link && self.allowed(&href);
        if linked {
            self.out.push_str("<a");
            self.attribute("href", &href);
            self.out.push('>');
        }
        self.out.push_str("<sup>");
        self.text(id);
        self.out.push_str("</sup>");
        if linked {
            self.out.push_str("</a>");
        }
    }

    /// Media: each image that is found; else the name of what should be shown. The caption stands behind.
    fn media(&mut self, e: XmlNode<'t>) {
        for id in e.attribute("referencedObject").unwrap_or("").split_whitespace() {
            match (self.images)(id) {
                Some(image) => {
                    self.out.push_str("<img");
                    self.attribute("src", &image.src);
                    self.attribute("alt", &image.alt);
                    self.out.push_str("/>");
                    self.visible = true;
                }
                None => {
                    self.unresolved = true;
                    self.out.push_str("<span class=\"media\">");
                    self.text(id);
                    self.out.push_str("</span>");
                }
            }
        }
        for caption in children(e, "caption") {
            self.block(caption, if holds_block(caption) { "div" } else { "span" });
        }
    }

    /// HTML's own image: only one that the narrative itself holds, else its text.
    fn picture(&mut self, e: XmlNode<'t>) {
        let alt = e.attribute("alt").unwrap_or("");
        let safe =
            |s: &&str| ["data:image/png;", "data:image/jpeg;", "data:image/gif;"].iter().any(|p| s.starts_with(p));
        match e.attribute("src").filter(safe) {
            Some(src) => {
                self.out.push_str("<img");
                self.attribute("src", src);
                self.attribute("alt", alt);
                self.out.push_str("/>");
                self.visible = true;
            }
            None => {
                self.unresolved = true;
                self.text(alt);
            }
        }
    }
}

const INLINE: &[&str] = &["sub", "sup", "b", "i", "em", "strong", "small", "big", "tt", "code", "cite", "q", "abbr"];

/// The rule for a style code that has one; the others are classes.
fn css(style_code: &str) -> Option<&'static str> {
    match style_code {
        "Bold" | "bold" => Some("font-weight: bold"),
        "Italics" | "italics" | "Emphasis" => Some("font-style: italic"),
        "Underline" | "underline" => Some("text-decoration: underline"),
        _ => None,
    }
}

fn list_tag(e: XmlNode<'_>) -> &'static str {
    let ordered = e.attribute("listType") == Some("ordered") || e.local_name() == "ol";
    if ordered { "ol" } else { "ul" }
}

/// Whether an element says more than where its text begins and ends.
pub(super) fn has_style(e: XmlNode<'_>) -> bool {
    e.attribute("styleCode").or(e.attribute("class")).or(e.attribute("revised")).is_some()
}

pub(super) fn is(node: XmlNode<'_>, local: &str) -> bool {
    node.is_element() && node.local_name() == local
}

/// The children of a local name.
pub(super) fn children<'t>(e: XmlNode<'t>, local: &'static str) -> impl Iterator<Item = XmlNode<'t>> {
    e.children().filter(move |c| is(*c, local))
}

/// White space, a comment or an instruction: nothing to show.
pub(super) fn blank(node: XmlNode<'_>) -> bool {
    !node.is_element() && (!node.is_text() || node.text().is_none_or(|t| t.chars().all(is_space)))
}

/// Whether something inside is written as a block, so that the element itself cannot be a paragraph or span.
pub(super) fn holds_block(e: XmlNode<'_>) -> bool {
    e.children().filter(|c| c.is_element()).any(|c| match c.local_name() {
        "paragraph" | "p" | "div" | "list" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr"
        | "pre" | "blockquote" | "dl" | "dt" | "dd" | "item" | "li" | "tr" | "td" | "th" | "thead" | "tbody"
        | "tfoot" | "center" | "title" => true,
        "caption" => e.local_name() != "renderMultiMedia",
        _ => holds_block(c),
    })
}

/// Appends text with the characters escaped that XML reserves.
pub(super) fn escape(text: &str, out: &mut String, quote: bool) {
    let mut last = 0;
    for (i, b) in text.bytes().enumerate() {
        let entity = match b {
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'&' => "&amp;",
            b'"' if quote => "&quot;",
            _ => continue,
        };
        out.push_str(&text[last..i]);
        out.push_str(entity);
        last = i + 1;
    }
    out.push_str(&text[last..]);
}
