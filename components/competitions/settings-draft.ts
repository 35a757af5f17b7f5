import { instantOf, localText } from "@/components/ui/day";
import type { CompetitionView, UpdateCompetitionInput } from "@/lib/competitions/model";

const bytesPerMb = 2 ** 20;

/** The settings as their fields have them, dates by the lab's clocks. */
export function fieldsOf(competition: CompetitionView, zone: string) {
  const { dailyLimit, totalLimit } = competition.quota;
  const date = (iso: string | null) => (iso === null ? "" : localText(new Date(iso), zone));
  return {
    title: competition.title,
    summary: competition.summary,
    visibility: competition.visibility as string,
    dailyLimit: dailyLimit === null ? "" : String(dailyLimit),
    totalLimit: totalLimit === null ? "" : String(totalLimit),
    maxUploadMb: String(competition.maxUploadBytes / bytesPerMb),
    showsPublicTruth: competition.showsPublicTruth ? "yes" : "no",
    opensAt: date(competition.opensAt),
    closesAt: date(competition.closesAt),
    description: competition.description,
    rules: competition.rules,
  };
}

export type SettingsFields = ReturnType<typeof fieldsOf>;
export type SettingsName = keyof SettingsFields;

const numberOrNull = (text: string) => (text.trim() === "" ? null : Number(text));

/**
 * What was typed and is not what is there, as the API takes it. A date that is none is sent as it is, so that the refusal
 * names its field.
 */
export function changedSettings(
  typed: Partial<SettingsFields>,
  there: SettingsFields,
  zone: string,
): Omit<UpdateCompetitionInput, "slug"> {
  const date = (text: string) => (text === "" ? null : (instantOf(text, zone)?.toISOString() ?? text));
  const made: { [Name in SettingsName]: (text: string) => object } = {
    title: (title) => ({ title }),
    summary: (summary) => ({ summary }),
    visibility: (visibility) => ({ visibility }),
    dailyLimit: (text) => ({ dailyLimit: numberOrNull(text) }),
    totalLimit: (text) => ({ totalLimit: numberOrNull(text) }),
    maxUploadMb: (text) => ({ maxUploadBytes: Math.round(Number(text) * bytesPerMb) }),
    showsPublicTruth: (text) => ({ showsPublicTruth: text === "yes" }),
    opensAt: (text) => ({ opensAt: date(text) }),
    closesAt: (text) => ({ closesAt: date(text) }),
    description: (description) => ({ description }),
    rules: (rules) => ({ rules }),
  };
  const names = Object.keys(made) as SettingsName[];
  const changed = names.filter((name) => typed[name] !== undefined && typed[name] !== there[name]);
  return Object.assign({}, ...changed.map((name) => made[name](typed[name] ?? "")));
}
