import { TextInput, type TextInputProps } from "@mantine/core";
import classes from "./environment.module.css";

/** A colour as #rrggbb, typed, with what it looks like beside it. */
export function ColourInput(props: TextInputProps) {
  const colour = String(props.value ?? "");
  return (
    <TextInput
      autoComplete="off"
      placeholder="#2f7ed8"
      maxLength={7}
      leftSection={
        <span
          className={classes.swatch}
          style={{ background: /^#[0-9a-f]{6}$/i.test(colour) ? colour : "transparent" }}
          aria-hidden
        />
      }
      {...props}
    />
  );
}
