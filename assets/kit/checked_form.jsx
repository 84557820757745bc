import { createElement, useEffect, useRef } from "react";

// A form that is checked by the app first and then sent by the browser itself: the answer may set a
// cookie, which a websocket cannot. It is sent when `approval` changes: the fields were found right.
export function CheckedForm({ action, approval, onCheck, children, ...rest }) {
  const form = useRef(null);
  const sent = useRef(approval);
  useEffect(() => {
    if (approval && approval !== sent.current) {
      sent.current = approval;
      form.current.submit();
    }
  }, [approval]);
  const check = (event) => {
    event.preventDefault();
    const pressed = event.nativeEvent.submitter;
    const fields = Object.fromEntries(new FormData(form.current, pressed ?? undefined));
    onCheck(fields);
  };
  return createElement(
    "form",
    { ...rest, ref: form, action, method: "post", noValidate: true, onSubmit: check },
    children,
  );
}
