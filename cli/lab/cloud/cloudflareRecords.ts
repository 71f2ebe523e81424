import { randomBytes } from "node:crypto";
import { z } from "zod";
import { Refusal, type ApiCall, type ApiRoute } from "./server.js";

const details = z.strictObject({
  type: z.literal("TXT"),
  name: z.string().min(1),
  content: z.string().min(1),
  ttl: z.number().optional(),
});

interface DnsRecord extends z.infer<typeof details> {
  id: string;
  zone: string;
}

/** TXT records of zones (https://developers.cloudflare.com/api/resources/dns/subresources/records/). */
export class CloudflareRecords {
  #records: readonly DnsRecord[] = [];

  readonly routes: readonly ApiRoute[] = [
    {
      call: "GET /client/v4/zones/:zone/dns_records",
      query: ["name", "type", "per_page"],
      handle: (call) => {
        const [zone, name, type] = [this.#zoneOf(call).id, call.query.get("name"), call.query.get("type")];
        return this.#records.filter(
          (record) =>
            record.zone === zone && (name ?? record.name) === record.name && (type ?? "TXT") === record.type,
        );
      },
    },
    {
      call: "POST /client/v4/zones/:zone/dns_records",
      handle: async (call) => {
        const zone = this.#zoneOf(call);
        const given = details.parse(call.body);
        if (given.name !== zone.name && !given.name.endsWith(`.${zone.name}`))
          throw new Refusal(400, 9000, `${given.name} is not in the zone ${zone.name}`);
        const record = { ...given, id: randomBytes(16).toString("hex"), zone: zone.id };
        await this.#change(record.name, [...this.#records, record]);
        return record;
      },
    },
    {
      call: "DELETE /client/v4/zones/:zone/dns_records/:id",
      handle: async (call) => {
        const { id: zone } = this.#zoneOf(call);
        const { id } = call.params;
        const record = this.#records.find((one) => one.zone === zone && one.id === id);
        if (!record) throw new Refusal(404, 81044, `there is no record ${id}`);
        await this.#change(
          record.name,
          this.#records.filter((one) => one !== record),
        );
        return { id };
      },
    },
  ];

  /** @param publish Makes DNS answer for a name with these texts and no others. */
  constructor(
    private readonly zones: readonly { id: string; name: string }[],
    private readonly publish: (name: string, texts: string[]) => Promise<void>,
  ) {}

  #zoneOf({ params }: ApiCall): { id: string; name: string } {
    const zone = this.zones.find(({ id }) => id === params["zone"]);
    if (!zone) throw new Refusal(404, 1001, `there is no zone ${params["zone"]}`);
    return zone;
  }

  async #change(name: string, records: readonly DnsRecord[]): Promise<void> {
    this.#records = records;
    await this.publish(
      name,
      records.filter((record) => record.name === name).map(({ content }) => content),
    );
  }
}
