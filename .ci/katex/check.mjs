// Renders every formula of the given Markdown and LaTeX files with KaTeX; fails on an error and on any warning.
// usage: node check.mjs FILE…
import { readFileSync } from "node:fs";
import katex from "katex";

// Code in Markdown holds no formulas; escaped dollars open none.
const MATH = new RegExp(
  [
    String.raw`\\begin\{(?<env>equation|align|gather|multline)(?<star>\*?)\}[\s\S]*?\\end\{\k<env>\k<star>\}`,
    String.raw`(?<!\\)\\\[(?<bracket>[\s\S]*?)(?<!\\)\\\]`,
    String.raw`(?<!\\)\\\((?<round>[\s\S]*?)(?<!\\)\\\)`,
    String.raw`(?<!\\)\$\$(?<double>[\s\S]*?)(?<!\\)\$\$`,
    String.raw`(?<!\\)\$(?<single>[^$]*?[^$\\])\$`,
  ].join("|"),
  "g",
);

function formulas(text, latex) {
  let body = text;
  if (latex) {
    const start = body.indexOf("\\begin{document}");
    if (start >= 0) body = " ".repeat(start + 16) + body.slice(start + 16);
    body = body.replace(/(?<!\\)%[^\n]*/g, (comment) => " ".repeat(comment.length));
  } else {
    body = body.replace(/^```[\s\S]*?^```|`[^`\n]+`/gm, (code) => code.replace(/[^\n]/g, " "));
  }
  const found = [];
  for (const match of body.matchAll(MATH)) {
    const { env, bracket, round, double, single } = match.groups;
    const source = env ? match[0] : (bracket ?? round ?? double ?? single);
    const line = body.slice(0, match.index).split("\n").length;
    const before = body.slice(body.lastIndexOf("\n", match.index) + 1, match.index);
    const after = body.slice(match.index + match[0].length).split("\n")[0];
    const alone = double !== undefined && !before.trim() && !after.trim();
    found.push({ source, line, display: env !== undefined || bracket !== undefined || alone });
  }
  const rest = body.replace(MATH, "");
  if (/(?<!\\)\$/.test(rest)) found.push({ source: "", line: 0, problem: "a dollar sign without a partner" });
  return found;
}

function problemsOf({ source, display, problem }) {
  if (problem) return [problem];
  const problems = [];
  if (!source.trim()) problems.push("an empty formula");
  if (source.includes("{{")) problems.push("{{ is taken by Liquid");
  if (display && /\n\s*\n/.test(source.trim())) problems.push("a blank line inside a display ends it in LaTeX");
  try {
    katex.renderToString(source, {
      displayMode: display,
      throwOnError: true,
      strict: (code, message) => {
        problems.push(`${code}: ${message}`);
        return "ignore";
      },
    });
  } catch (error) {
    problems.push(error.rawMessage ?? String(error));
  }
  return problems;
}

// The check checks itself first: each of these must be found, and found wrong or right.
const RIGHT = ["$$\nX^{T} \\frac{\\partial L}{\\partial Y}\n$$", "text \\(x_{1,1}\\)", "\\begin{align*} a &= b \\\\ &= c \\end{align*}"];
const WRONG = ["$$ x_1_2 $$", "\\[ \\frac{a}{b \\]", "$$ \\unknown $$", "$$\na \\\\ b\n$$", "a $x$ and $", "$$ 한글 $$", "$$ {{x}} $$"];
for (const text of RIGHT) {
  const found = formulas(text, false);
  if (found.length !== 1 || found.flatMap(problemsOf).length) throw new Error(`should pass: ${text}`);
}
for (const text of WRONG) {
  if (!formulas(text, false).flatMap(problemsOf).length) throw new Error(`should be caught: ${text}`);
}

const files = process.argv.slice(2);
let count = 0;
let bad = 0;
for (const file of files) {
  const found = formulas(readFileSync(file, "utf8"), file.endsWith(".tex"));
  if (!found.length) {
    console.log(`${file}: no formula found`);
    bad += 1;
  }
  for (const formula of found) {
    count += 1;
    for (const problem of problemsOf(formula)) {
      bad += 1;
      console.log(`${file}:${formula.line}: ${problem}\n    ${formula.source.trim().slice(0, 300)}`);
    }
  }
}
console.log(`${files.length} files, ${count} formulas, ${bad} problems`);
process.exit(bad || !count ? 1 : 0);
