import { Button, Stack } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { PageHeader } from "@/components/PageHeader";
import { type ImportReport, TableImport } from "@/components/TableImport";
import { useUnitScope } from "@/lib/url";
import { t } from "./text";

const example = `Name,Email,Unit,Teams,Valid until
Grace Okafor,grace.okafor@example.com,,,
Linus Novak,linus.novak@example.com,,,2027-12-31
`;

export function ImportPage() {
  const client = useQueryClient();
  const unit = useUnitScope();
  const [done, setDone] = useState<ImportReport>();
  useEffect(() => {
    if (done) void client.invalidateQueries({ queryKey: ["person"] });
  }, [done, client]);
  return (
    <Stack gap="sm" pb="xl" maw={1000}>
      <PageHeader
        title={t("import.title")}
        about={t("import.about")}
        crumbs={[{ label: t("tabs.persons"), to: "/people" }]}
      />
      {done ? (
        <EmptyState
          icon={IconCircleCheck}
          title={t("import.done")}
          body={t("import.doneBody", { created: done.created, updated: done.updated, skipped: done.invalid })}
          action={
            <Button component={Link} to="/people">
              {t("import.back")}
            </Button>
          }
        />
      ) : (
        <TableImport
          path="/api/v1/persons/imports"
          unit={unit}
          columns={t("import.columns")}
          example={example}
          onDone={setDone}
        />
      )}
    </Stack>
  );
}
