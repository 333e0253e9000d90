using System.Text.Json;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

public sealed class FieldEncoderTests
{
    [Fact]
    public void No_two_fields_have_an_id_in_common_though_their_values_are_the_same()
    {
        FeatureSpec spec = new()
        {
            Rows = 1,
            Columns = [],
            Features =
            [
                new FittedFeature.Hashed("a", "a"), new FittedFeature.Hashed("b", "b"), new FittedFeature.OneHot("c", "b", ["1"]), new FittedFeature.Bucketed("d", "a", [0]),
                new FittedFeature.Cross("e", [new FittedFeature.Hashed("a", "a")]), new FittedFeature.Number("f", "a", false, 0, 1), new FittedFeature.Text("g", "b", new(1, 1), null, true),
            ],
        };
        var encoder = new FieldEncoder(spec);
        FieldBlock block = new(new BlockShape([.. encoder.Fields.Fields.Select(f => (f.Many, f.Weighted))], 0, 1));
        encoder.Bind(ColumnBatch.FromJson(encoder.Columns, [JsonSerializer.SerializeToElement(new { a = 1, b = 1 })]));
        encoder.Encode(0, 1, block);
        Assert.Equal(7, block.Fields.SelectMany(f => f.Ids.ToArray()).Distinct().Count());
        Assert.Equal([false, false, false, false, false, true, true], encoder.Fields.Fields.Select(f => f.Weighted));
    }

    [Fact]
    public void Two_features_of_one_name_are_refused_since_they_would_share_rows()
    {
        FeatureSpec spec = new() { Rows = 1, Columns = [], Features = [new FittedFeature.Hashed("a", "a"), new FittedFeature.Hashed("a", "b")] };
        Assert.Contains("'a'", Assert.Throws<VlpsException>(() => new FieldEncoder(spec)).Message, StringComparison.Ordinal);
    }
}
