import { Anchor, Button, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { PageHeader } from "@/components/PageHeader";
import { type ImportReport, TableImport } from "@/components/TableImport";
import { useUnitScope } from "@/lib/url";
import { t } from "./text";

const example = `Key,Name,Unit,Criticality,Owner email,Repositories,Depends on
CARD-LEDGER,Card Ledger,,HIGH,,https://git.example.com/cards/ledger,
CARD-PORTAL,Card Portal,,MEDIUM,,https://git.example.com/cards/portal,CARD-LEDGER:RUNTIME
`;

export function ImportApplicationsPage() {
  const client = useQueryClient();
  const unit = useUnitScope();
  const [done, setDone] = useState<ImportReport>();
  useEffect(() => {
    if (done) void client.invalidateQueries({ queryKey: ["application"] });
  }, [done, client]);
  return (
    <Stack gap="sm" pb="xl" maw={1000}>
      <PageHeader
        title={t("import.title")}
        about={t("import.about")}
        crumbs={[{ label: t("title"), to: "/applications" }]}
      />
      {done ? (
        <EmptyState
          icon={IconCircleCheck}
          title={t("import.done")}
          body={t("import.doneBody", { created: done.created, updated: done.updated, skipped: done.invalid })}
          action={
            <Button component={Link} to="/applications">
              {t("import.back")}
            </Button>
          }
        />
      ) : (
        <>
          <Text size="sm">
            <Anchor href="/api/v1/applications/imports/template?format=xlsx" fz="sm" download>
              {t("import.template")}
            </Anchor>
          </Text>
          <TableImport
            path="/api/v1/applications/imports"
            unit={unit}
            columns={t("import.columns")}
            example={example}
            onDone={setDone}
          />
        </>
      )}
    </Stack>
  );
}
