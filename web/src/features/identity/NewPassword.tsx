import { PasswordInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { t } from "./text";

export interface WithPassword {
  password: string;
  again: string;
}

export const passwordRules = {
  password: (v: string) => (v.length < 12 ? t("setup.short") : null),
  again: (v: string, all: WithPassword) => (v !== all.password ? t("setup.differs") : null),
};

/** A new password, typed twice. */
export function NewPassword<V extends WithPassword>({ form }: { form: UseFormReturnType<V> }) {
  return (
    <>
      <PasswordInput
        label={t("setup.password")}
        description={t("setup.passwordAbout")}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
        {...form.getInputProps("password")}
      />
      <PasswordInput
        label={t("setup.again")}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ "aria-label": t("signIn.show"), tabIndex: 0 }}
        {...form.getInputProps("again")}
      />
    </>
  );
}
