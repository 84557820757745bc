// A moment as people say it, with the exact time on hover; it keeps itself current.
import { useEffect, useLayoutEffect, useState } from "react";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

function said(moment, now) {
  const seconds = (moment.getTime() - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? [];
  if (!unit) return "just now";
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

export function TimeAgo({ moment, ref: _outer, ...rest }) {
  const [now, setNow] = useState(null);
  // Before the first paint, so that no column is made for an empty cell.
  useLayoutEffect(() => setNow(Date.now()), []);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return null;
  const exact = now === null ? undefined : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return (
    <time dateTime={date.toISOString()} title={exact} {...rest}>
      {now === null ? "\u00a0" : said(date, now)}
    </time>
  );
}
