// Every type that a public declaration names is public too: a consumer can name what he gets.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const INDEX = fileURLToPath(new URL("../../src/index.ts", import.meta.url));
const SOURCES = fileURLToPath(new URL("../../src/", import.meta.url));

const program = ts.createProgram([INDEX], {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.Node20,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: ["node"],
});
const checker = program.getTypeChecker();

function aliased(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

const index = program.getSourceFile(INDEX);
const module = index === undefined ? undefined : checker.getSymbolAtLocation(index);
const exported = module === undefined ? [] : checker.getExportsOfModule(module);
const isPublic = new Set(exported.map(aliased));

/** Does the declaration stand in the project, and is it a type's or a class's, and no parameter? */
function isOwnType(symbol: ts.Symbol): boolean {
  const [declaration] = symbol.declarations ?? [];
  if (declaration?.getSourceFile().fileName.startsWith(SOURCES) !== true) return false;
  return (
    ts.isInterfaceDeclaration(declaration) ||
    ts.isTypeAliasDeclaration(declaration) ||
    ts.isClassDeclaration(declaration) ||
    ts.isEnumDeclaration(declaration)
  );
}

/** Is it a member whose type a declaration file does not have? */
function isPrivate(node: ts.Node): boolean {
  if (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name))
    return true;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

/** The types that a declaration names where a consumer sees it: not in bodies, initialisers or private members. */
function typesNamedBy(root: ts.Node): readonly ts.Symbol[] {
  const named: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) return;
    if (ts.isVariableDeclaration(node) && node.type === undefined) return;
    if (isPrivate(node)) return;
    if (ts.isParameter(node) || ts.isPropertyDeclaration(node)) {
      if (node.type !== undefined) visit(node.type);
      return;
    }
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const symbol = checker.getSymbolAtLocation(name);
      if (symbol !== undefined) named.push(aliased(symbol));
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return named;
}

describe("the public types", () => {
  test("are there", () => {
    expect(exported.length).toBeGreaterThan(50);
  });

  test("name only public types", () => {
    const missing = new Set(
      [...isPublic].flatMap((symbol) =>
        (symbol.declarations ?? [])
          .flatMap(typesNamedBy)
          .filter((type) => isOwnType(type) && !isPublic.has(type))
          .map((type) => `${type.name}, named by ${symbol.name}`),
      ),
    );
    expect([...missing].sort()).toEqual([]);
  });
});
