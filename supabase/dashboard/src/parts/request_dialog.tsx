import { useState } from "preact/hooks";
import type { Api } from "../api.ts";
import { readNumbers } from "../numbers.ts";
import { Confirm } from "./confirm.tsx";
import { NumbersField } from "./numbers_field.tsx";

interface RequestDialogProps {
  api: Api;
  /** What stands in it at first. */
  first?: string | undefined;
  close(): void;
  done(): void;
}

/** Has OCC asked for some applications by number, whatever is known of them. */
export function RequestDialog({ api, first = "", close, done }: RequestDialogProps) {
  const [text, setText] = useState(first);
  const act = async () => {
    const numbers = readNumbers(text);
    if (numbers.length === 0) {
      throw new Error("Say which: numbers such as G3-1042, with blanks or commas between them.");
    }
    const { message } = await api.request(numbers);
    done();
    return message;
  };
  return (
    <Confirm title="Fetch by number" verb="Fetch now" act={act} close={close}>
      <p>OCC is asked for them before all others, whether they are current or not, also if nobody has listed them.</p>
      <NumbersField value={text} set={setText} />
    </Confirm>
  );
}
