// CodeMirror 6, loaded only where it is used. Tab is left alone, so that the keyboard can leave it.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import {
  HighlightStyle,
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, lintKeymap, linter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, drawSelection, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, useState } from "react";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--method-get)" },
  { tag: tags.string, color: "var(--ink)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--ember-ink)" },
  { tag: [tags.punctuation, tags.bracket], color: "var(--ink-faint)" },
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--ember-ink)" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.className], color: "var(--method-get)" },
  { tag: tags.comment, color: "var(--ink-soft)", fontStyle: "italic" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--ink)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.25rem" },
  ".cm-content": { caretColor: "var(--ember)", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ember)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-faint)", border: "none" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--ember-wash)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--hover)", color: "inherit" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--hover)", border: "none", color: "var(--ink-soft)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
    color: "var(--ink)",
  },
});

// An empty document is not an error yet.
const jsonLinter = linter((view) => (view.state.doc.length ? jsonParseLinter()(view) : []));

// Python comes in a chunk of its own, which only its pages load.
async function loadPython(view, place) {
  const { python } = await import("@codemirror/lang-python");
  view.dispatch({ effects: place.reconfigure([python(), indentUnit.of("    ")]) });
}

function diagnosticsOf(doc, problems) {
  return problems.map(({ line, column, message, fix, is_error: isError }) => {
    const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    return {
      from: Math.min(from + column, to),
      to,
      severity: isError ? "error" : "warning",
      message: fix ? `${message} ${fix}` : message,
    };
  });
}

function extensions({ language, place, label, describedBy, isReadOnly, onText }) {
  const attributes = { "aria-label": label, spellcheck: "false", autocapitalize: "off" };
  if (describedBy) attributes["aria-describedby"] = describedBy;
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    syntaxHighlighting(colours),
    keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ ...attributes, tabindex: "0" }),
    EditorState.readOnly.of(Boolean(isReadOnly)),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onText(update.state.doc.toString());
    }),
    ...(language === "json" ? [json(), jsonLinter, lintGutter()] : []),
    ...(language === "python" ? [place.of([]), lintGutter()] : []),
    look,
  ];
}

export function CodeEditor({
  value = "",
  language = "json",
  label,
  describedBy,
  isReadOnly,
  problems,
  name,
  pause = 400,
  onLive,
  ref: _outer,
  ...rest
}) {
  const host = useRef(null);
  const view = useRef(null);
  const reported = useRef(value);
  const pending = useRef(null);
  const report = useRef(onLive);
  const flush = useRef(null);
  const [text, setText] = useState(value);
  report.current = onLive;

  useEffect(() => {
    const send = (next) => {
      pending.current = null;
      if (next === reported.current) return;
      reported.current = next;
      report.current?.(next);
    };
    const onText = (next) => {
      setText(next);
      clearTimeout(pending.current);
      pending.current = setTimeout(() => send(next), pause);
    };
    const place = new Compartment();
    const config = extensions({ language, place, label, describedBy, isReadOnly, onText });
    const state = EditorState.create({ doc: reported.current, extensions: config });
    view.current = new EditorView({ state, parent: host.current });
    flush.current = () => {
      if (pending.current === null) return;
      clearTimeout(pending.current);
      send(view.current.state.doc.toString());
    };
    if (language === "python") loadPython(view.current, place);
    return () => {
      clearTimeout(pending.current);
      view.current.destroy();
      view.current = null;
    };
  }, [language, label, describedBy, isReadOnly, pause]);

  // A text from the server replaces the document, except the echo of what was reported.
  useEffect(() => {
    if (value === reported.current || pending.current !== null || !view.current) return;
    reported.current = value;
    const length = view.current.state.doc.length;
    view.current.dispatch({ changes: { from: 0, to: length, insert: value } });
  }, [value]);

  // Markers move with the text until the next ones come.
  useEffect(() => {
    if (!problems || !view.current) return;
    const { state } = view.current;
    view.current.dispatch(setDiagnostics(state, diagnosticsOf(state.doc, problems)));
  }, [problems]);

  return (
    // Whoever leaves it acts on what it shows: that is reported before anything else is.
    <div {...rest} onBlur={() => flush.current?.()}>
      <div ref={host} />
      {name && <input type="hidden" name={name} value={text} />}
    </div>
  );
}
