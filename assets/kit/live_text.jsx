// A text control that owns what is typed and reports it after a pause, so that a slow answer from
// the server never moves the caret or drops a character.
import { useCallback, useEffect, useRef, useState } from "react";

export function LiveText({ value = "", onLive, pause = 300, isMultiline, onBlur, ref: _outer, ...rest }) {
  const [text, setText] = useState(value);
  const reported = useRef(value);
  const pending = useRef(null);

  const report = useCallback(
    (next) => {
      clearTimeout(pending.current);
      pending.current = null;
      if (next === reported.current) return;
      reported.current = next;
      onLive?.(next);
    },
    [onLive],
  );

  // A value from the server replaces the text, except its echo of what was reported and while typing goes on.
  useEffect(() => {
    if (value === reported.current || pending.current !== null) return;
    reported.current = value;
    setText(value);
  }, [value]);

  useEffect(() => () => clearTimeout(pending.current), []);

  const change = (event) => {
    const next = event.target.value;
    setText(next);
    clearTimeout(pending.current);
    pending.current = setTimeout(() => report(next), pause);
  };
  const leave = (event) => {
    if (pending.current !== null) report(event.target.value);
    onBlur?.(event);
  };
  const Tag = isMultiline ? "textarea" : "input";
  return <Tag {...rest} value={text} onChange={change} onBlur={leave} />;
}
