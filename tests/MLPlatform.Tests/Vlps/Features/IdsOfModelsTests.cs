using System.Text;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Vlps.Features;

/// <summary>Ids as models that exist have them. They may never change: rows of a model are found by them.</summary>
public sealed class IdsOfModelsTests
{
    private static readonly long[] WholeNumbers =
    [
        0, 7, -1, 42, 999, 1000, 12_345_678, 99_999_999, 100_000_000, 1_099_511_627_775, 9_999_999_999_999_999, 10_000_000_000_000_000, -123_456_789, long.MaxValue, long.MinValue,
    ];

    private static readonly double[] RealNumbers = [0, 5, -2.5, 0.1, 1e14, 1e15, 123456.789, double.MaxValue];

    private static readonly string[] Texts =
    [
        "", "a", "42", "shop", "a longer one", "exactly 16 bytes", "seventeen bytes !", "Grüße aus Köln", new('x', 129), new('y', 241), new('z', 1100),
    ];

    // Written by the version that hashed every value on its own, as text; the last one is that of a missing value.
    private static readonly ulong[] Whole =
    [
        0x55087F8531231E5B, 0x170172C4DB808890, 0x4FB69AE90FF6414D, 0xBCAEF9B5F69BAAD5, 0x754A41008045EA1D, 0x9C99C84FDB54DE0D,
        0xD668B94E7508DB8A, 0x8C5F33B79320CAB3, 0xD863250E0CDD146F, 0x4680FEE5CB825B96, 0x0C77F7CBD3556FD2, 0x2350F719F5919622,
        0x00BFB1868FE4C1E7, 0x76B900F263750AC6, 0x5A8D3EA564E0D87B, 0x1BE7CF8FD616E693,
    ];

    private static readonly ulong[] Real =
    [
        0x55087F8531231E5B, 0x1BE043145706BA2E, 0xCED36CFDA969EF36, 0xA4AD40CA270BA54D, 0xB99BE5DEEFAF1C59, 0xA765BE6CC878DE0F,
        0xD1AE741041DDD5C0, 0x81EB219F7D3F0F16, 0x1BE7CF8FD616E693,
    ];

    private static readonly ulong[] Text =
    [
        0x39FEC57FE43527E7, 0xA1F5880311D4D38A, 0xBCAEF9B5F69BAAD5, 0x81567598E583D4DE, 0x3019BE6FE6F4F1CC, 0x7C58881CAE82CC7E,
        0x007B3C52CF13AB8C, 0x91CFB05494B03C6B, 0x2CA5E57D5FFD1C9B, 0x1AB873D4AA0CFDAD, 0x9652B805DB9A58F2, 0x1BE7CF8FD616E693,
    ];

    private static readonly ulong[] Truths =
    [
        0xCCA9CA4C1CD10F35, 0x2A68996431F492FA, 0x1BE7CF8FD616E693,
    ];

    private static readonly ulong[] Known =
    [
        0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x0770A842935FF465, 0x8E74EA515E87BAD7, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34,
        0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34,
        0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x44B443DD5EEC0B34, 0x61382830274A72CC,
    ];

    private static readonly ulong[] Buckets =
    [
        0x1D5EB7FF07CFB1D7, 0x1D5EB7FF07CFB1D7, 0x04ACA923725D6584, 0x1D5EB7FF07CFB1D7, 0x1D5EB7FF07CFB1D7, 0x4B8D7FDEB6249108,
        0x4B8D7FDEB6249108, 0x4B8D7FDEB6249108, 0x4B8D7FDEB6249108, 0x4B8D7FDEB6249108, 0x4B8D7FDEB6249108, 0x4B8D7FDEB6249108,
        0x04ACA923725D6584, 0x4B8D7FDEB6249108, 0x04ACA923725D6584, 0x2FA87FE27F8398B7,
    ];

    private static readonly ulong[] Crossed =
    [
        0x826D3F9D6B29D863, 0xCFB68AAE819C5509, 0x7DEC601FB2F111E6, 0xE83F3C64012D24C2, 0xD254EF1C33AAD096, 0x69DCB5E577960510,
        0x67A7A6AAC21B3E96, 0x9E412480B1AE1B8C, 0x0723ECB8D4435330, 0x916CCEF0C2FFB858, 0xC3CB812F975766FF, 0x0C90A008E4B8B324,
        0xD3FAF2F15AF5767A, 0x397567078ED9EC6B, 0xF393EA307E172F1C, 0x7C8A8B42AFBB46AF,
    ];

    private static readonly ulong[] Numbers =
    [
        0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67,
        0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0xBE284BB9093D2F67,
        0xBE284BB9093D2F67, 0xBE284BB9093D2F67, 0x2443665286FF3AD3,
    ];

    private static readonly FittedFeature.Hashed Hashed = new("category", "w");
    private static readonly FittedFeature.Bucketed Bucketed = new("bucket", "w", [0, 1000]);

    [Fact]
    public void Categories_keep_their_ids()
    {
        Assert.Equal(Whole, Ids(Hashed, OfWhole()));
        Assert.Equal(Real, Ids(Hashed, Column(ColumnKind.Real, RealNumbers, (c, v) => c.Add(v))));
        Assert.Equal(Text, Ids(Hashed, Column(ColumnKind.Text, Texts, (c, v) => c.Add(Encoding.UTF8.GetBytes(v)))));
        Assert.Equal(Truths, Ids(Hashed, Column(ColumnKind.Boolean, [1L, 0L], (c, v) => c.Add(v))));
    }

    [Fact]
    public void So_do_known_values_buckets_crosses_and_numbers()
    {
        Assert.Equal(Known, Ids(new FittedFeature.OneHot("known", "w", ["42", "-1"]), OfWhole()));
        Assert.Equal(Buckets, Ids(Bucketed, OfWhole()));
        Assert.Equal(Crossed, Ids(new FittedFeature.Cross("cross", [Hashed, Bucketed]), OfWhole()));
        Assert.Equal(Numbers, Ids(new FittedFeature.Number("number", "w", true, 0, 1), OfWhole()));
    }

    [Fact]
    public void A_row_has_the_same_ids_alone_and_among_others()
    {
        ColumnBatch batch = OfWhole();
        for (int row = 0; row < batch.Rows; row++)
            Assert.Equal([Whole[row]], Ids(Hashed, batch, row, 1));
        Assert.Equal(Whole[3..14], Ids(Hashed, batch, 3, 11));
    }

    private static ColumnBatch OfWhole() => Column(ColumnKind.Whole, WholeNumbers, (c, v) => c.Add(v));

    private static ColumnBatch Column<T>(ColumnKind kind, T[] values, Action<Column, T> add)
    {
        var batch = new ColumnBatch(["w"]) { Rows = values.Length + 1 };
        batch["w"].Reset(kind);
        foreach (T value in values)
            add(batch["w"], value);
        batch["w"].AddMissing();
        return batch;
    }

    private static ulong[] Ids(FittedFeature feature, ColumnBatch batch) => Ids(feature, batch, 0, batch.Rows);

    private static ulong[] Ids(FittedFeature feature, ColumnBatch batch, int first, int rows)
    {
        var encoder = new FieldEncoder(new FeatureSpec { Rows = 1, Columns = [], Features = [feature] });
        FieldBlock block = new(new BlockShape([.. encoder.Fields.Fields.Select(f => (f.Many, f.Weighted))], 0, 1));
        encoder.Bind(batch);
        encoder.Encode(first, rows, block);
        Assert.Equal(rows, block.Rows);
        return block.Fields[0].Ids.ToArray();
    }
}
