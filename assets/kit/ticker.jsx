// Asks again every few seconds, for as long as it stands on a page that somebody looks at.
import { useEffect, useRef } from "react";

export function Ticker({ seconds, onTick }) {
  const tick = useRef(onTick);
  tick.current = onTick;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || tick.current?.(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return null;
}
