using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed class CompilerPropertyTests
{
    private static readonly string[] Fragments =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "1e999", "\"\"", "\\", "\\u0000", "\\ud800", "${{", "}}", "/*", "//", "\n", "\0", "é", "日", "😀",
        "${{ item }}", "${{ activities }}", "${{ activities.train.outputs }}", "${{ 1 + }}", "${{ ((((( }}", "${{ `a${'b'}` }}", "P1Y", "8Gi", "0 0 30 2 *", "../../etc", "a.b", "type", "forEach", "when",
    ];

    private static readonly Gen<JsonNode?> Value = Gen.OneOf(
        Gen.Const<JsonNode?>(() => null), Gen.Bool.Select(b => (JsonNode?)b), Gen.Int.Select(i => (JsonNode?)i), Gen.Double[-1e12, 1e12].Select(d => (JsonNode?)d),
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Select(s => (JsonNode?)s), Gen.String[0, 20].Select(s => (JsonNode?)s),
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Array[0, 3].Select(a => (JsonNode?)new JsonArray([.. a.Select(s => (JsonNode?)s)])),
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Array[0, 3].Select(a => (JsonNode?)new JsonObject(a.Distinct().Select(s => KeyValuePair.Create(s, (JsonNode?)s)))));

    [Fact]
    public void Broken_text_never_throws_and_every_diagnostic_points_into_the_file() =>
        Gen.Select(Gen.Int[0, ValidPipelineTests.Whole.Length - 1], Gen.Int[0, 12], Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i])).Array[1, 4].Sample(edits =>
        {
            string text = ValidPipelineTests.Whole;
            foreach ((int at, int length, string fragment) in edits)
            {
                int start = Math.Min(at, text.Length);
                text = text[..start] + fragment + text[Math.Min(text.Length, start + length)..];
            }
            Check(Encoding.UTF8.GetBytes(text), text);
        }, iter: 1000);

    [Fact]
    public void Broken_bytes_never_throw() =>
        Gen.Select(Gen.Int[0, ValidPipelineTests.Whole.Length - 1], Gen.Byte).Array[1, 3].Sample(edits =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(ValidPipelineTests.Whole);
            foreach ((int at, byte value) in edits)
                bytes[at] = value;
            Assert.All(PipelineCompiler.Compile(bytes, "p.json", SampleActivities.Catalog).Diagnostics, d => Assert.True(d.Line > 0 && d.Column > 0));
        }, iter: 700);

    [Fact]
    public void Any_value_in_any_place_never_throws_and_what_compiles_can_be_planned() =>
        Gen.Select(Gen.Int[0, 400], Value, Gen.Bool).Array[1, 3].Sample(edits =>
        {
            JsonNode root = JsonNode.Parse(ValidPipelineTests.Whole)!;
            foreach ((int pick, JsonNode? value, bool add) in edits)
                Mutate(root, pick, value?.DeepClone(), add);
            string text = root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
            CompileResult result = Check(Encoding.UTF8.GetBytes(text), text);
            if (result.Pipeline is not null)
                RunPlanner.Plan(result.Pipeline, new PlanRequest { LogicalDate = DateTimeOffset.UnixEpoch });
        }, iter: 1000);

    [Fact]
    public void Printing_what_was_compiled_and_compiling_it_again_changes_nothing()
    {
        CompiledPipeline first = CompileAssert.Compile(ValidPipelineTests.Whole).Pipeline!;
        string printed = PipelineText.Print(first.File);
        CompiledPipeline second = CompileAssert.Compile(printed).Pipeline!;
        Assert.Equal(printed, PipelineText.Print(second.File));
        PlanRequest request = new() { LogicalDate = DateTimeOffset.UnixEpoch };
        Assert.Equal(
            PlanJson.Hash(RunPlanner.Plan(first, request).Plan! with { PipelineHash = "" }),
            PlanJson.Hash(RunPlanner.Plan(second, request).Plan! with { PipelineHash = "" }));
    }

    private static CompileResult Check(byte[] bytes, string text)
    {
        CompileResult result = PipelineCompiler.Compile(bytes, "p.json", SampleActivities.Catalog);
        string[] lines = text.Split('\n');
        foreach (Diagnostic d in result.Diagnostics)
        {
            Assert.StartsWith("$", d.Path, StringComparison.Ordinal);
            Assert.InRange(d.Line, 1, lines.Length);
            Assert.InRange(d.Column, 1, lines[d.Line - 1].Length + 1);
        }
        Assert.Equal(result.Pipeline is null, result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error));
        return result;
    }

    // Goes down the tree as the number says, and replaces or adds a value there.
    private static void Mutate(JsonNode root, int pick, JsonNode? value, bool add)
    {
        JsonNode node = root;
        while (true)
        {
            switch (node)
            {
                case JsonObject o when add && pick % 3 == 0:
                    o[Fragments[pick % Fragments.Length]] = value;
                    return;
                case JsonObject { Count: > 0 } o:
                    string name = o.ElementAt(pick % o.Count).Key;
                    pick /= Math.Max(1, o.Count);
                    if (o[name] is JsonObject or JsonArray && pick > 0)
                        node = o[name]!;
                    else
                    {
                        o[name] = value;
                        return;
                    }
                    break;
                case JsonArray { Count: > 0 } a:
                    int index = pick % a.Count;
                    pick /= a.Count;
                    if (a[index] is JsonObject or JsonArray && pick > 0)
                        node = a[index]!;
                    else
                    {
                        a[index] = value;
                        return;
                    }
                    break;
                default:
                    return;
            }
        }
    }
}
