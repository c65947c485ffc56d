// Makes docs/library.md, the page of all that is public, from the docstrings. src/index.ts gives the page its sections:
// a comment `// # Title. Text.` there begins one, and what is exported below it belongs to it.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import {
  Application,
  Comment,
  CommentTag,
  Converter,
  LiteralType,
  PageEvent,
  ReferenceType,
  UnionType,
  type Context,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
  type SignatureReflection,
  type SomeType,
  type TypeDocOptions,
} from "typedoc";
import {
  MarkdownTheme,
  MarkdownThemeContext,
  type MarkdownApplication,
  type MarkdownPageEvent,
  type PluginOptions,
} from "typedoc-plugin-markdown";

const ROOT = fileURLToPath(new URL("./", import.meta.url));
const INDEX = join(ROOT, "src/index.ts");

/** Where the page is, from the project's root. */
export const PAGE = "docs/library.md";

type Options = TypeDocOptions & Partial<PluginOptions>;

const OPTIONS: Options = {
  plugin: ["typedoc-plugin-markdown"],
  entryPoints: [INDEX],
  tsconfig: join(ROOT, "src/tsconfig.json"),
  theme: "page",
  router: "module",
  readme: "none",
  cleanOutputDir: false,
  categorizeByGroup: false,
  sort: ["source-order"],
  excludePrivate: true,
  excludeInternal: true,
  disableSources: true,
  validation: { notExported: false },
  logLevel: "Warn",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  expandParameters: true,
  useHTMLAnchors: true,
  anchorPrefix: "api-",
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  classPropertiesFormat: "table",
  typeAliasPropertiesFormat: "table",
  typeDeclarationFormat: "table",
  propertyMembersFormat: "table",
  tableColumnSettings: {
    ...{ hideDefaults: true, hideInherited: true, hideModifiers: true, hideOverrides: true },
    ...{ hideSources: true, hideValues: true, leftAlignHeaders: false },
  },
};

/** TypeDoc's own steps have a higher number. */
const LAST = -1000;

/** A section of the page. */
export interface Section {
  /** Its heading. */
  readonly title: string;
  /** What stands below the heading. */
  readonly text: string;
  /** The exported names that belong to it. */
  readonly names: readonly string[];
}

/** The sections of src/index.ts, in its order. Throws if an export stands in none. */
export function sectionsOf(source: string): readonly Section[] {
  const file = ts.createSourceFile("index.ts", source, ts.ScriptTarget.ES2023);
  const sections: { title: string; text: string; names: string[] }[] = [];
  for (const statement of file.statements.filter(ts.isExportDeclaration)) {
    const begun = headingAbove(statement, source);
    if (begun !== null) sections.push({ ...begun, names: [] });
    const { exportClause } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause))
      throw new Error(`src/index.ts exports names, not ${statement.getText(file)}`);
    const names = exportClause.elements.map(({ name }) => name.text);
    const section = sections.at(-1);
    if (section === undefined) throw new Error(`${names.join()} is in no section of src/index.ts`);
    section.names.push(...names);
  }
  return sections;
}

function headingAbove(node: ts.Node, source: string): Pick<Section, "title" | "text"> | null {
  const lines = (ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []).map(
    ({ pos, end }) => source.slice(pos + "//".length, end).trim(),
  );
  const first = lines.findLastIndex((line) => line.startsWith("# "));
  if (first < 0) return null;
  const [, title = "", text = ""] = /^# ([^.]+)\. ?(.*)$/.exec(lines.slice(first).join(" ")) ?? [];
  return { title, text };
}

/** Puts each export into its section. A member that is inherited is said where it comes from. */
function arrange({ project }: Context, sections: readonly Section[]): void {
  const reflections = Object.values(project.reflections);
  const exported = sections.flatMap(({ names }) => names);
  for (const each of reflections)
    if (
      each.isDeclaration() &&
      each.inheritedFrom !== undefined &&
      !isOfInternal(project, each, exported)
    )
      project.removeReflection(each);
  for (const each of reflections) if (each.name === "__namedParameters") each.name = "options";
  for (const { title, names } of sections) {
    for (const name of names) {
      const reflection = named(project, name);
      if (reflection === undefined) continue;
      const comment = (reflection.comment ??= new Comment());
      comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: title }]));
    }
  }
}

/** Is it a member of a class that is no reader's (`@internal`), and that another one is based on? */
function isOfInternal(
  project: ProjectReflection,
  { inheritedFrom }: DeclarationReflection,
  exported: readonly string[],
): boolean {
  const [base = ""] = inheritedFrom?.name.split(".") ?? [];
  return exported.includes(base) && named(project, base) === undefined;
}

/** undefined = it is not for readers (`@internal`). */
function named(project: ProjectReflection, name: string): DeclarationReflection | undefined {
  return project.children?.find((child) => child.name === name);
}

/** Gives the sections their texts and the order of src/index.ts. */
function order({ project }: Context, sections: readonly Section[]): void {
  for (const category of project.categories ?? []) {
    const section = sections.find(({ title }) => title === category.title);
    if (section === undefined) continue;
    const at = ({ name }: { readonly name: string }): number => section.names.indexOf(name);
    category.description = [{ kind: "text", text: section.text }];
    category.children.sort((a, b) => at(a) - at(b));
  }
}

/** The literals of a union, in an order of their own. */
function literalsKey(literals: readonly string[]): string {
  return literals.toSorted().join("|");
}

/** The public types that are nothing but a choice of words, by these words. */
function wordTypes({
  programs: [program],
  project,
}: Context): ReadonlyMap<string, DeclarationReflection> {
  const file = program?.getSourceFile(INDEX);
  if (program === undefined || file === undefined) throw new Error(`${INDEX} is not compiled`);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(file);
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  const pairs = exported.flatMap((each) => {
    const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    if (!type.isUnion() || !type.types.every((one) => one.isStringLiteral())) return [];
    const key = literalsKey(type.types.map((one) => (one.isStringLiteral() ? one.value : "")));
    const reflection = named(project, each.name);
    return reflection === undefined ? [] : [[key, reflection] as const];
  });
  return new Map(pairs);
}

/** A constant's members have types that say their values; how the source writes them is no reader's. */
function hideValues({ reflections }: ProjectReflection): void {
  for (const each of Object.values(reflections)) if (each.isDeclaration()) delete each.defaultValue;
}

/** So many words of a type are shown where it is made from a table. */
const WORDS_MAX = 32;

/** Shows the words of the types that are made from tables, which have names of their own only inside. */
function showWords(words: ReadonlyMap<string, DeclarationReflection>): void {
  for (const [key, reflection] of words) {
    const literals = key.split("|");
    if (reflection.type instanceof UnionType || literals.length > WORDS_MAX) continue;
    reflection.type = new UnionType(literals.map((word) => new LiteralType(word)));
  }
}

/** A union in which the words of a public type stand by its name. */
function withNames(
  { types }: UnionType,
  words: ReadonlyMap<string, DeclarationReflection>,
): readonly SomeType[] {
  const isWord = (type: SomeType): boolean =>
    type instanceof LiteralType && typeof type.value === "string";
  const key = literalsKey(
    types.flatMap((type) =>
      type instanceof LiteralType && typeof type.value === "string" ? [type.value] : [],
    ),
  );
  const name = words.get(key);
  if (name === undefined || isOwn(name, types)) return types;
  const reference = ReferenceType.createResolvedReference(name.name, name, name.project);
  return [reference, ...types.filter((type) => !isWord(type))];
}

/** Are these the types of the union that the name stands for? There its words are said. */
function isOwn({ type }: DeclarationReflection, types: readonly SomeType[]): boolean {
  return type instanceof UnionType && type.types === types;
}

/** Says in one line what TypeDoc spreads over tables: what a function takes and returns stands in its signature. */
class PageContext extends MarkdownThemeContext {
  constructor(...of: ConstructorParameters<typeof MarkdownThemeContext>) {
    super(...of);
    const { partials } = this;
    const { unionType } = partials;
    partials.unionType = (model) => {
      const types = withNames(model, PageTheme.words);
      const [only] = types;
      if (types.length === 1 && only !== undefined) return partials.someType(only);
      return unionType(types === model.types ? model : new UnionType([...types]));
    };
    const commentOf = ({ comment, parent }: SignatureReflection): Comment | undefined =>
      comment ?? parent.comment;
    partials.signature = (model, { headingLevel }) => {
      const comment = commentOf(model);
      const parameters = (model.parameters ?? []).filter((each) => each.hasComment());
      return [
        partials.signatureTitle(model),
        ...(comment === undefined ? [] : [partials.comment(comment, { headingLevel })]),
        ...(parameters.length === 0 ? [] : [partials.parametersTable(parameters)]),
      ].join("\n\n");
    };
    partials.accessor = ({ getSignature }) =>
      getSignature === undefined
        ? ""
        : [
            partials.signatureTitle(getSignature, { accessor: "get" }),
            ...(getSignature.comment === undefined ? [] : [partials.comment(getSignature.comment)]),
          ].join("\n\n");
    partials.hierarchy = ({ isTarget, types, next }) =>
      isTarget === true || next === undefined
        ? ""
        : `Has also what ${types.map((type) => partials.someType(type)).join(" and ")} has.`;
    partials.inheritance = () => "";
  }
}

class PageTheme extends MarkdownTheme {
  static words: ReadonlyMap<string, DeclarationReflection> = new Map();

  override getRenderContext(page: MarkdownPageEvent<Reflection>): MarkdownThemeContext {
    return new PageContext(this, page, this.application.options);
  }
}

/** Headings that say only what is seen. */
const PLAIN_HEADING =
  /^#{4,6} (?:Properties|Methods|Accessors|Constructors|Type Declaration|Call Signature|Union Members|Type Literal)\n+/gm;

/** The page without what a reader does not need: anchors that nothing links to, headings and rules between members. */
function tidied(page: string): string {
  const linked = new Set([...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, id]) => id));
  return page
    .replace(/<a id="([^"]+)"><\/a>\s*/g, (anchor, id: string) => (linked.has(id) ? anchor : ""))
    .replace(PLAIN_HEADING, "")
    .replace(/^```mjs$/gm, "```js")
    .replace(/^\*\*\*\n+/gm, "")
    .replace(/^##### /gm, "#### ");
}

/** Writes the page into a folder, under its own name. Throws if TypeDoc has a warning. */
export async function writePage(folder: string): Promise<void> {
  const sections = sectionsOf(readFileSync(INDEX, "utf8"));
  const options: Options = {
    ...OPTIONS,
    out: join(folder, dirname(PAGE)),
    entryFileName: basename(PAGE, ".md"),
    categoryOrder: sections.map(({ title }) => title),
  };
  const app = await Application.bootstrapWithPlugins(options);
  (app as MarkdownApplication).renderer.defineTheme("page", PageTheme);
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    arrange(context, sections);
  });
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    (context) => {
      order(context, sections);
      PageTheme.words = wordTypes(context);
      showWords(PageTheme.words);
      hideValues(context.project);
    },
    LAST,
  );
  app.renderer.on(PageEvent.END, (page) => {
    page.contents = tidied(page.contents ?? "");
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the sources do not compile");
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("TypeDoc warns");
}

/** Throws where docs/library.md is not what the sources make of it. */
async function checkPage(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "irqtwin-docs-"));
  try {
    await writePage(folder);
    const [made, kept] = [folder, ROOT].map((each) => readFileSync(join(each, PAGE), "utf8"));
    if (made !== kept) throw new Error(`${PAGE} is not what the sources make: npm run docs`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await (process.argv.includes("--check") ? checkPage() : writePage(ROOT));
