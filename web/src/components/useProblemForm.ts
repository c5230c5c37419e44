import { type FormErrors, type UseFormInput, useForm } from "@mantine/form";
import { useState } from "react";
import { asProblem, type Problem } from "@/api/problem";

/**
 * A form whose fields show what the server says about them. `send` runs the given save; a problem's fields land on
 * the inputs of the same name ("body.email" on "email"), the rest stands in `problem` above the buttons.
 */
export function useProblemForm<Values extends Record<string, unknown>>(input: UseFormInput<Values>) {
  const form = useForm<Values>({ mode: "controlled", ...input });
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  async function send(save: (values: Values) => Promise<unknown>): Promise<boolean> {
    setProblem(undefined);
    form.clearErrors();
    if (form.validate().hasErrors) return false;
    setBusy(true);
    try {
      await save(form.getValues());
      form.resetDirty();
      return true;
    } catch (error) {
      const met = asProblem(error);
      const { errors, rest } = split(met, Object.keys(form.getValues()));
      form.setErrors(errors);
      setProblem(rest ? met : undefined);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { form, problem, busy, send, setProblem };
}

/** Which of a problem's fields belong to inputs of the form, and whether anything is left to say above them. */
export function split(problem: Problem, names: string[]): { errors: FormErrors; rest: boolean } {
  const errors: Record<string, string> = {};
  let unplaced = problem.fields.length === 0;
  for (const f of problem.fields) {
    const name = f.path.replace(/^(body|query|path)\./, "").split(/[.[]/)[0] ?? "";
    if (names.includes(name)) errors[name] = errors[name] ? `${errors[name]} ${f.message}` : f.message;
    else unplaced = true;
  }
  return { errors, rest: unplaced };
}
