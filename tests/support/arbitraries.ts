import fc from "fast-check";

/** Enough to meet what nobody thought of; each case takes well below a millisecond. */
export const CASES = { numRuns: 2000 };

/** Text with all that JSON can carry: NUL, lone surrogates, line ends, emoji, whole graphemes. */
export const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    "",
    "\u0000",
    "\ud800",
    "\ufeffG3-1",
    "'; drop table x; --",
    '"\\/\r\n\t',
    "__proto__",
    "constructor",
    "👩‍👩‍👧‍👦",
    "null",
  ),
);

/** Text that Postgres can store. */
export const storableText = anyText.map((text) => text.replaceAll("\u0000", "").toWellFormed());

const digits = (count: number) =>
  fc.integer({ min: 0, max: 10 ** count - 1 }).map((value) => String(value).padStart(count, "0"));

/** Nearly a date and time, often a good one, sometimes with a field out of range. */
export const nearlyDateTime = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 1970, max: 2100 }).map(String),
      fc.constantFrom("9999", "0000", "0099", "0100"),
      digits(4),
    ),
    fc.oneof(fc.constantFrom("01", "02", "12"), digits(2)),
    fc.oneof(fc.constantFrom("01", "28", "29", "31"), digits(2)),
    fc.constantFrom("T", " ", "t", ""),
    fc.oneof(
      fc.constantFrom("00:00", "23:59", "02:30"),
      fc.tuple(digits(2), digits(2)).map((parts) => parts.join(":")),
    ),
    fc.oneof(fc.constantFrom("", ":00", ":59.999999", ":60", ":59.9999999999"), digits(2).map((text) => `:${text}`)),
    fc.oneof(fc.constantFrom("", "Z", "z", "+00:00", "-12:00", "+1345", "+14", "-99:99", "+24:00"), digits(2)),
  )
  .map(([year, month, day, separator, time, second, offset]) =>
    `${year}-${month}-${day}${separator}${time}${second}${offset}`
  );

/** What may stand in JSON, as OCC's answers or a caller's body do. */
export const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(anyText, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(anyText, tie("value")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value;
