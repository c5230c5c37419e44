import { Alert, Button, Stack } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api, ok } from "@/api/client";
import { ProblemAlert } from "@/components/ProblemAlert";
import { useProblemForm } from "@/components/useProblemForm";
import { useUrl } from "@/lib/url";
import { Gate } from "./Gate";
import { NewPassword, passwordRules } from "./NewPassword";
import { t } from "./text";

/** An invited person chooses a password and is in. */
export function InvitePage() {
  const { search } = useUrl();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { form, problem, busy, send } = useProblemForm({
    initialValues: { password: "", again: "" },
    validate: passwordRules,
  });
  const token = search.token;
  if (!token) {
    return (
      <Gate title={t("invite.title")}>
        <Alert variant="default" icon={<IconLink />} title={t("invite.noToken")}>
          {t("invite.noTokenBody")}
        </Alert>
      </Gate>
    );
  }
  return (
    <Gate title={t("invite.title")} about={t("invite.about")}>
      <form
        noValidate
        onSubmit={async (e) => {
          e.preventDefault();
          const done = await send(({ password }) =>
            ok(api.POST("/api/v1/invitations/accept", { body: { token, password } })),
          );
          if (done) {
            client.clear();
            await navigate({ to: "/", replace: true });
          }
        }}
      >
        <Stack gap="sm">
          {problem && <ProblemAlert error={problem} title={t("invite.failed")} />}
          <NewPassword form={form} />
          <Button type="submit" loading={busy} fullWidth mt="xs">
            {t("invite.submit")}
          </Button>
        </Stack>
      </form>
    </Gate>
  );
}
