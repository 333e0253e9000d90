using System.Text.Json.Nodes;
using CsCheck;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>What is written as YAML reads as the same objects, by the rules that kubectl reads by.</summary>
public sealed class ManifestTextTests
{
    [Theory]
    [InlineData("on"), InlineData("No"), InlineData("null"), InlineData("~"), InlineData(""), InlineData("1"), InlineData("1e3"), InlineData("0x1F"), InlineData("010"), InlineData("-5"), InlineData("2026-01-01")]
    [InlineData("a: b"), InlineData("a:b"), InlineData("a #b"), InlineData(" a"), InlineData("a "), InlineData("- a"), InlineData("{a}"), InlineData("*a"), InlineData("&a"), InlineData("!a"), InlineData("%a"), InlineData("@a"), InlineData("'a'")]
    [InlineData("\"a\""), InlineData("a\nb"), InlineData("a\nb\n"), InlineData("\n a\n\nb  \n"), InlineData("---"), InlineData("é\u0001\t😀"), InlineData(".5"), InlineData("1_000"), InlineData("kueue.x-k8s.io/v1beta2"), InlineData("a:")]
    public void Every_text_stays_the_text_it_is(string text) => Same(new JsonObject { ["kind"] = text, ["x"] = new JsonObject { [text.Length > 0 ? text : "k"] = new JsonArray(text, new JsonArray(), new JsonObject()) } });

    [Fact]
    public void Any_object_reads_as_it_was_written() => Gen.Recursive<JsonNode?>((depth, inner) => depth > 3
            ? Gen.String.Select(t => (JsonNode?)JsonValue.Create(t))
            : Gen.OneOf(
                Gen.String.Select(t => (JsonNode?)JsonValue.Create(t)), Gen.Int.Select(i => (JsonNode?)JsonValue.Create(i)), Gen.Bool.Select(b => (JsonNode?)JsonValue.Create(b)), Gen.Const((JsonNode?)null),
                inner.Array[0, 3].Select(a => (JsonNode?)new JsonArray([.. a.Select(n => n?.DeepClone())])),
                Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 8], inner).Array[0, 3].Select(p => (JsonNode?)new JsonObject(p.DistinctBy(x => x.Item1).Select(x => KeyValuePair.Create(x.Item1, x.Item2?.DeepClone()))))))
        .Select(n => new JsonObject { ["value"] = n?.DeepClone() }).Where(o => !o.ToJsonString().Contains("\\uD", StringComparison.OrdinalIgnoreCase))
        .Sample(Same, iter: 500);

    private static void Same(JsonObject written) => Assert.Equal(
        [written.ToJsonString(), """{"then":1}"""], ManifestReader.Read(ManifestText.Yaml([("odd\n---\nthing", written), (null, new JsonObject { ["then"] = 1 })])).Select(o => o.ToJsonString()));
}
