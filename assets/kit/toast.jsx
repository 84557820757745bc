// One message that leaves by itself; the clock stands still while it is pointed at or focused.
import { useEffect, useRef, useState } from "react";

export function Toast({ seconds = 6, onLeave, children, ref: _outer, ...rest }) {
  const [isHeld, setHeld] = useState(false);
  const leave = useRef(onLeave);
  leave.current = onLeave;
  useEffect(() => {
    if (isHeld || !seconds) return undefined;
    const timer = setTimeout(() => leave.current?.(), seconds * 1000);
    return () => clearTimeout(timer);
  }, [isHeld, seconds]);
  return (
    <div
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      {...rest}
    >
      {children}
    </div>
  );
}
