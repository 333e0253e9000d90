using System.Text.Json;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Training;
using ParquetSharp;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

public sealed class StreamedSamplesTests : IDisposable
{
    private const int Rows = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-streams-").FullName;
    private readonly string[] _files;
    private readonly FeatureSpec _spec;
    private readonly ShardPlan _plan = Fleet.Plan(ModelName.Fm, workers: 1) with { Rows = Rows, Batch = 64, Epochs = 2 };

    public StreamedSamplesTests()
    {
        _files = [Write("a", 0, 1300, 170), Write("b", 1300, 700, 90)];
        string[] columns = ["n", "label"];
        _spec = FeatureFitter.Fit([new FeatureDeclaration { Numeric = ["n"] }], columns, wanted => [ColumnBatch.FromJson(wanted, [JsonElement.Parse("""{ "n": 1, "label": 0 }""")])]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_row_comes_once_in_a_pass_shuffled_and_in_another_order_in_the_next()
    {
        using StreamedSamples samples = New();
        List<int> first = [], second = [];
        for (uint step = 1; step <= _plan.Steps; step++)
            (step <= _plan.EpochSteps ? first : second).AddRange(Read(samples, step, 0, _plan));
        Assert.Equal(Enumerable.Range(0, Rows), first.Order());
        Assert.Equal(Enumerable.Range(0, Rows), second.Order());
        Assert.NotEqual(first, second);
        int[] stream = [.. first.Where(n => n < Rows / 12)];
        Assert.NotEqual(stream.Order(), stream);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(7), InlineData(30), InlineData(45)]
    public void A_worker_that_begins_in_the_middle_has_what_the_one_before_would_have_had(int step)
    {
        using StreamedSamples all = New(), late = New();
        ShardPlan two = _plan with { Workers = 2, Streams = _plan.Streams };
        for (uint s = 1; s < step; s++)
            Read(all, s, 0, _plan);
        for (uint s = (uint)step; s < step + 5; s++)
        {
            List<int> expected = Read(all, s, 0, _plan), half = Read(late, s, 1, two);
            Assert.NotEmpty(half);
            Assert.Equal(expected[^half.Count..], half);
        }
    }

    [Fact]
    public void A_table_that_became_shorter_gives_what_there_is()
    {
        using StreamedSamples samples = new(_files[..1], _spec, [new LabelColumn("label", [])], null, 256, 1);
        Assert.True(Read(samples, 1, 0, _plan).Count < _plan.RowsOf(1));
    }

    private StreamedSamples New() => new(_files, _spec, [new LabelColumn("label", [])], null, 256, 1);

    private static List<int> Read(StreamedSamples samples, uint step, int worker, ShardPlan plan)
    {
        FieldBlock block = new(new BlockShape([(true, true)], 0, 1));
        foreach (SamplePart part in plan.PartsOf(step, worker))
            samples.Fill(block, part);
        int[] numbers = [.. block.Fields[0].Values.ToArray().Select(v => (int)v - 1)];
        Assert.Equal(numbers.Select(n => (float)(n % 2)), block.Labels(0).ToArray());
        return [.. numbers];
    }

    // Numbers from 1 on: a number of 0 has no id.
    private string Write(string name, int first, int rows, int group)
    {
        string path = Path.Combine(_folder, name + ".parquet");
        using var file = new ParquetFileWriter(path, [new Column<long>("n"), new Column<long>("label")]);
        for (int from = 0; from < rows; from += group)
        {
            long[] numbers = [.. Enumerable.Range(first + from, Math.Min(group, rows - from)).Select(n => (long)n)];
            using RowGroupWriter groupWriter = file.AppendRowGroup();
            using (LogicalColumnWriter<long> column = groupWriter.NextColumn().LogicalWriter<long>())
                column.WriteBatch([.. numbers.Select(n => n + 1)]);
            using (LogicalColumnWriter<long> column = groupWriter.NextColumn().LogicalWriter<long>())
                column.WriteBatch([.. numbers.Select(n => n % 2)]);
        }
        file.Close();
        return path;
    }
}
