using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Bench.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>Made-up clicks, to try shards and measure them without any file: made in long pieces, which are learned from in short ones.</summary>
internal sealed class GeneratedClicks(ModelDeclaration model, long rows, int evaluate, long seed) : ShardData
{
    private const int PieceRows = 262_144;

    private readonly ClickData _data = new((ulong)seed);
    private readonly Dictionary<int, (long First, FieldBlock Block)> _pieces = [];

    public static SampleColumns ClickColumns => new(
        [.. Enumerable.Range(1, ClickData.Categories).Select(i => new SampleField($"c{i}", false, false))],
        [.. Enumerable.Range(1, ClickData.Numbers).Select(i => $"n{i}")]);

    public override ModelDeclaration Model => model;

    public override SampleColumns Columns => ClickColumns;

    public override long Rows => rows;

    public override string Identity => "made-up clicks";

    public override void Fill(FieldBlock block, SamplePart part)
    {
        for (int done = 0; done < part.Rows;)
        {
            long first = (part.First + done) / PieceRows * PieceRows;
            if (!_pieces.TryGetValue(part.Stream, out (long First, FieldBlock Block) piece) || piece.First != first)
                _pieces[part.Stream] = piece = (first, Make(part, first, piece.Block ?? new FieldBlock(block.Shape)));
            int at = (int)(part.First + done - first), count = Math.Min(part.Rows - done, piece.Block.Rows - at);
            block.Append(piece.Block, at, count);
            done += count;
        }
    }

    private FieldBlock Make(SamplePart part, long first, FieldBlock into)
    {
        into.Clear();
        int count = (int)Math.Min(PieceRows, part.Length - first);
        _data.Fill(into, count, new float[count], part.Begin + first);
        return into;
    }

    public override JsonObject Finish(ShardFolder folder)
    {
        using SparseModel trained = ShardModel.Merge(folder);
        return new JsonObject
        {
            ["auc"] = Auc(trained),
            ["rows"] = trained.Rows,
            ["digest"] = trained.Digest().ToString("x16", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Judges a model by samples that nobody learned from.</summary>
    public double? Auc(SparseModel trained)
    {
        FieldBlock block = trained.NewBlock();
        _data.Fill(block, evaluate, new float[evaluate], rows);
        float[] scores = new float[evaluate];
        trained.Score(block, 0, 0, scores);
        return Ranking.Auc(scores, [.. block.Labels(0).ToArray().Select(l => (byte)l)]);
    }
}
