// A field that its form accepts only when it holds the expected text.
import { useEffect, useRef } from "react";

export function ExactText({ expected, message, ref: _outer, ...rest }) {
  const input = useRef(null);
  const check = () => {
    const field = input.current;
    field.setCustomValidity(field.value.trim() === expected ? "" : message);
  };
  useEffect(check);
  return <input ref={input} type="text" onInput={check} {...rest} />;
}
