// Every shared component in every state, for the eye and for the browser journey that checks it; never in the product.
import { Button, Group, Menu, SimpleGrid, Stack, TextInput, Title } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { Problem } from "@/api/problem";
import { Absent } from "@/components/Absent";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { CopyOnce } from "@/components/CopyOnce";
import { Chart, type ChartData } from "@/components/chart";
import { DetailDrawer } from "@/components/DetailDrawer";
import { EmptyState } from "@/components/EmptyState";
import { Facts } from "@/components/Facts";
import { LinkTabs } from "@/components/LinkTabs";
import { DataList, type ListColumn, type ListSource } from "@/components/list";
import { ManyPicker } from "@/components/ManyPicker";
import { MetricTile } from "@/components/MetricTile";
import { PageHeader } from "@/components/PageHeader";
import { PartTable } from "@/components/PartTable";
import { ProblemAlert } from "@/components/ProblemAlert";
import { RemotePicker } from "@/components/RemotePicker";
import { Sortable } from "@/components/Sortable";
import { StaleEditDialog, type StaleField } from "@/components/StaleEditDialog";
import { StatusBadge, type Tone } from "@/components/StatusBadge";
import { StatusDot } from "@/components/StatusDot";
import { TableImport } from "@/components/TableImport";
import { Duration, TimeText } from "@/components/Time";
import { TreeSelect } from "@/components/TreeSelect";
import { ZoneSelect } from "@/components/ZoneSelect";
import type { PickerSource } from "@/lib/picker";
import { duration } from "@/lib/time";

interface Row {
  id: string;
  name: string;
  tone: Tone;
  seconds: number;
  at: string;
}
const tones: Tone[] = ["good", "active", "attention", "bad", "idle", "frozen"];
const words = ["Done", "Under way", "Needs attention", "Failed", "Not started", "Frozen"];
const rows: Row[] = Array.from({ length: 5000 }, (_, i) => ({
  id: String(i),
  name: `Record ${i + 1}`,
  tone: tones[i % 6] as Tone,
  seconds: i * 977,
  at: new Date(Date.UTC(2026, 4, 1) + i * 3_600_000).toISOString(),
}));
const columns: ListColumn<Row>[] = [
  { id: "name", header: "Name", cell: (r) => r.name, csv: (r) => r.name, sort: "name" },
  {
    id: "state",
    header: "State",
    cell: (r) => <StatusBadge tone={r.tone}>{words[tones.indexOf(r.tone)] ?? ""}</StatusBadge>,
    csv: (r) => r.tone,
    card: true,
  },
  {
    id: "took",
    header: "Took",
    align: "right",
    cell: (r) => <Duration seconds={r.seconds} />,
    csv: (r) => r.seconds,
    card: true,
  },
  {
    id: "at",
    header: "When",
    cell: (r) => <TimeText value={r.at} plain />,
    csv: (r) => r.at,
    card: true,
    hidden: true,
  },
];

function source(kind: string, answer: (q: string | undefined, from: number) => Row[]): ListSource<Row> {
  return {
    kind,
    page: async ({ q, cursor, limit }) => {
      const from = Number(cursor ?? 0);
      const all = answer(q, from);
      const items = all.slice(from, from + limit);
      return { items, next: from + limit < all.length ? String(from + limit) : undefined, total: all.length };
    },
  };
}
const full = source("gallery", (q) => rows.filter((r) => !q || r.name.toLowerCase().includes(q.toLowerCase())));
const none = source("gallery_none", () => []);
const failing = source("gallery_failing", () => {
  throw new Problem({
    status: 500,
    code: "internal",
    message: "Something failed on our side; nothing was saved.",
    requestId: "01J-77",
  });
});
const closed = source("gallery_closed", () => {
  throw new Problem({ status: 403, code: "forbidden", message: "You need the permission people.view_person." });
});
const slow: ListSource<Row> = { kind: "gallery_slow", page: () => new Promise(() => {}) };

const weeks = Array.from({ length: 14 }, (_, i) => `2026-W${String(i + 10)}`);
const chart: ChartData = {
  axis: "Week",
  points: weeks,
  unit: "median",
  scale: "duration",
  format: duration,
  series: [
    {
      name: "Lead time",
      values: weeks.map((_, i) => (i === 6 ? null : 160_000 - i * 6_000 + (i % 3) * 9_000)),
      band: weeks.map((_, i) => (i === 6 ? null : [120_000 - i * 6_000, 210_000 - i * 6_000])),
    },
  ],
  marks: [
    { at: "2026-W12", label: "INC-11 Queue grows without end", kind: "Incidents", tone: "bad" },
    { at: "2026-W17", label: "INC-14 Wrong amounts", kind: "Incidents", tone: "bad" },
    { at: "2026-W17", label: "INC-15 Batch did not finish", kind: "Incidents", tone: "bad" },
    { at: "2026-W17", label: "4.2", kind: "Releases", tone: "active" },
  ],
};

const stale: StaleField[] = [
  { name: "name", label: "Name", base: "Ledger", theirs: "General Ledger", yours: "Ledger Core" },
  { name: "owner", label: "Owner", base: "Ada", theirs: "Ada", yours: "Grace" },
];

const people: PickerSource = {
  key: "gallery_person",
  find: async (q) =>
    [
      { value: "ada", label: "Ada Rossi" },
      { value: "grace", label: "Grace Okafor" },
    ].filter((p) => p.label.toLowerCase().includes(q.toLowerCase())),
  name: async (id) => (id === "ada" ? "Ada Rossi" : "Grace Okafor"),
};

export function GalleryPage() {
  const [dialog, setDialog] = useState<string>();
  const [unit, setUnit] = useState<string | null>("b");
  const [person, setPerson] = useState<string | null>("ada");
  const [ordered, setOrdered] = useState([{ id: "First" }, { id: "Second" }, { id: "Third" }]);
  const [several, setSeveral] = useState<string[]>([]);
  const [zone, setZone] = useState<string | null>("Europe/Berlin");
  return (
    <Stack component="main" gap="xl" px="lg" pb="xl">
      <PageHeader title="Gallery" about="Every shared component in every state.">
        <Button variant="default">Second act</Button>
        <Button>First act</Button>
      </PageHeader>
      <Part title="Status">
        <Group>
          {tones.map((tone, i) => (
            <StatusBadge key={tone} tone={tone}>
              {words[i] ?? ""}
            </StatusBadge>
          ))}
        </Group>
        <Group mt="sm">
          {tones.map((tone, i) => (
            <Group key={tone} gap={6}>
              <StatusDot tone={tone} /> {words[i]}
            </Group>
          ))}
        </Group>
      </Part>
      <Part title="Tabs">
        <LinkTabs
          label="Parts of the gallery"
          tabs={[
            { to: "/dev/gallery", label: "Overview", exact: true },
            { to: "/dev/gallery/scopes", label: "Scopes", count: 12 },
            { to: "/dev/gallery/runs", label: "Runs" },
          ]}
        />
      </Part>
      <Part title="Time and duration">
        <Group>
          <TimeText value="2026-05-14T09:30:00Z" />
          <TimeText value="2026-05-14T09:30:00Z" as="relative" />
          <TimeText value="2026-05-14T09:30:00Z" as="day" />
          <TimeText value={null} />
          {[0, 0.4, 45, 3_700, 190_000, 9_000_000].map((s) => (
            <Duration key={s} seconds={s} />
          ))}
          <Duration seconds={null} />
          <Absent />
        </Group>
      </Part>
      <Part title="Metric tiles">
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="md">
          <MetricTile
            name="Change lead time"
            value="2 d 4 h"
            n={184}
            interval={["1 d 20 h", "2 d 11 h"]}
            change={{ text: "−18 %", better: true, up: false, against: "Compared with the 30 days before: 2 d 15 h" }}
            onOpen={() => setDialog("drawer")}
            selected
          />
          <MetricTile
            name="Change fail rate"
            value="12.4"
            unit="%"
            n={1204}
            change={{ text: "+3.1", better: false, up: true, against: "Compared with the 30 days before" }}
            onOpen={() => {}}
          />
          <MetricTile
            name="Deployment frequency"
            value="8.98"
            unit="a day"
            n={811}
            interval={["8.37", "9.62"]}
            change={{ against: "Compared with the 30 days before: 8.97" }}
            onOpen={() => {}}
          />
          <MetricTile name="Recovery time" notEnough="2 of the 5 incidents it needs" onOpen={() => {}} />
          <MetricTile name="Rework rate" unknown="No incident source is connected." />
          <MetricTile name="Deployments" value="0" unit="a day" n={0} />
          <MetricTile name="Loading" loading />
        </SimpleGrid>
      </Part>
      <Part title="Charts">
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Chart title="Change lead time" data={chart} />
          <Chart
            title="Deployments"
            data={{
              axis: "Week",
              points: weeks,
              series: [
                { name: "Succeeded", kind: "bar", values: weeks.map((_, i) => 20 + ((i * 7) % 11)), tone: "good" },
                { name: "Failed", kind: "bar", values: weeks.map((_, i) => i % 4), tone: "bad" },
              ],
            }}
          />
          <Chart
            title="Nothing"
            data={{ axis: "Week", points: weeks, series: [{ name: "n", values: weeks.map(() => null) }] }}
          />
        </SimpleGrid>
      </Part>
      <Part title="Problems and empty places">
        <Stack>
          <ProblemAlert
            error={
              new Problem({
                status: 422,
                code: "invalid_person",
                message: "Something is not right with this person. What you typed is kept.",
                fields: [{ path: "email", code: "email_taken", message: "This email belongs to Grace Okafor." }],
                requestId: "01J9ZK",
              })
            }
            onRetry={() => {}}
          />
          <EmptyState
            title="No teams yet"
            body="A team owns applications and receives their work. Make one and add its people."
            action={<Button>Make a team</Button>}
          />
        </Stack>
      </Part>
      <Part title="Forms and facts">
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Stack>
            <TextInput label="Name" placeholder="Card Issuing" />
            <TextInput
              label="Email"
              error="This email belongs to somebody else."
              defaultValue="ada@northwind.example"
            />
            <TreeSelect
              label="Unit"
              items={[
                { id: "a", name: "Northwind Bank", depth: 0 },
                { id: "b", name: "Retail", depth: 1 },
                { id: "c", name: "Cards", depth: 2 },
              ]}
              value={unit}
              onChange={setUnit}
            />
            <RemotePicker
              label="Person"
              placeholder="All"
              clearable
              source={people}
              value={person}
              onChange={setPerson}
            />
            <ManyPicker label="Persons" source={people} value={several} onChange={setSeveral} />
            <ZoneSelect label="Time zone" value={zone} onChange={setZone} />
            <Sortable label="Order" rows={ordered} name={(r) => r.id} onOrder={setOrdered}>
              {(r) => <span>{r.id}</span>}
            </Sortable>
          </Stack>
          <Facts
            items={[
              ["Name", "Card Issuing"],
              ["Unit", "Retail"],
              ["Description", undefined],
            ]}
          />
        </SimpleGrid>
      </Part>
      <Part title="What belongs to a record">
        <PartTable
          label="Hosts"
          add="Add a host"
          onAdd={() => {}}
          empty={false}
          title="No hosts yet"
          head={["Name", "What runs there"]}
          rows={[
            { id: "1", name: "app01", cells: ["app01", "Payments 4.2"], onEdit: () => {}, onRemove: () => {} },
            { id: "2", name: "db01", cells: ["db01", <Absent key="a" />] },
          ]}
        />
        <PartTable
          label="No hosts"
          add="Add a host"
          onAdd={() => {}}
          empty
          title="No hosts yet"
          body="Hosts are the machines, clusters and accounts on which parts run."
          head={[]}
          rows={[]}
        />
      </Part>
      <Part title="Bringing a table in">
        <TableImport
          path="/api/v1/persons/imports"
          columns="Name, Email, Unit"
          example={"Name,Email\nAda,ada@northwind.example\n"}
          onDone={() => {}}
        />
      </Part>
      <Part title="A secret shown once">
        <CopyOnce label="Token" value="mr_pat_7Qd0aZk3nT1xPq8LwVb2cYe6" onDone={() => {}} />
      </Part>
      <Part title="Dialogs">
        <Group>
          <Button variant="default" onClick={() => setDialog("drawer")}>
            Drawer
          </Button>
          <Button variant="default" onClick={() => setDialog("confirm")}>
            Confirm
          </Button>
          <Button variant="default" onClick={() => setDialog("stale")}>
            Stale edit
          </Button>
        </Group>
      </Part>
      <Part title="List">
        <DataList
          id="gallery"
          label="Records"
          source={full}
          columns={columns}
          rowId={(r) => r.id}
          rowName={(r) => r.name}
          height={420}
          filters={[
            { id: "state", label: "State", options: tones.map((t, i) => ({ value: t, label: words[i] ?? "" })) },
          ]}
          bulk={[{ id: "delete", label: "Delete", icon: IconTrash, danger: true, run: (_, done) => done() }]}
          rowMenu={() => <Menu.Item>Edit</Menu.Item>}
          empty={<EmptyState title="Nothing" />}
        />
      </Part>
      {(
        [
          ["List, loading", slow],
          ["List, empty", none],
          ["List, error", failing],
          ["List, no permission", closed],
        ] as const
      ).map(([title, s]) => (
        <Part key={title} title={title}>
          <DataList
            id={s.kind}
            label={title}
            source={s}
            columns={columns}
            rowId={(r) => r.id}
            rowName={(r) => r.name}
            height={360}
            empty={
              <EmptyState
                title="No records yet"
                body="They come from a connection."
                action={<Button>Connect</Button>}
              />
            }
          />
        </Part>
      ))}
      <DetailDrawer
        opened={dialog === "drawer"}
        onClose={() => setDialog(undefined)}
        kind="Team"
        title="Card Issuing"
        badge={<StatusBadge tone="good">Active</StatusBadge>}
        acts={<Button size="compact-sm">Edit</Button>}
      >
        <Facts
          items={[
            ["Unit", "Retail"],
            ["Members", "7"],
          ]}
        />
      </DetailDrawer>
      <ConfirmDialog
        opened={dialog === "confirm"}
        onClose={() => setDialog(undefined)}
        title="Delete the team Card Issuing"
        body="Its 7 members stay; it stops being the owner of 3 applications."
        consequences={["Ledger loses its owner", "Cards API loses its owner"]}
        verb="Delete the team"
        danger
        word="Card Issuing"
        onConfirm={async () => {
          throw new Problem({ status: 409, code: "team_in_use", message: "The team is the owner of an open release." });
        }}
      />
      <StaleEditDialog
        name="Ledger"
        fields={dialog === "stale" ? stale : undefined}
        onClose={() => setDialog(undefined)}
        onSave={() => setDialog(undefined)}
      />
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}
