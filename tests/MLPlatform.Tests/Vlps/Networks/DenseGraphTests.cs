using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>The dense part as ONNX: ONNX Runtime, fed as docs/model-format.md says, scores as the product does.</summary>
public sealed class DenseGraphTests : IDisposable
{
    private const int Rows = 60;

    private static readonly Dictionary<string, ModelDeclaration> Models = new()
    {
        ["lr"] = SmallSamples.Model(ModelName.Lr),
        ["fm"] = SmallSamples.Model(ModelName.Fm, dim: 5),
        ["fwfm"] = SmallSamples.Model(ModelName.Fwfm),
        ["deepfm"] = SmallSamples.Model(ModelName.DeepFm, dim: 16),
        ["dcn-v2"] = SmallSamples.Model(ModelName.DcnV2, dim: 5),
        ["esmm"] = SmallSamples.Model(ModelName.Esmm),
        ["lr, one negative in a million kept"] = SmallSamples.Model(ModelName.Lr) with { Tasks = [new() { Name = "click", NegativesKept = 1e-6 }] },
        ["fm in 16 bits, sequences as means"] = SmallSamples.Model(ModelName.Fm) with { Fields = new() { Dim = 16, FactorScale = 0.5 }, Except = Means },
        ["deepfm, sequences as means"] = SmallSamples.Model(ModelName.DeepFm) with { Except = Means },
        ["esmm, negatives thinned"] = SmallSamples.Model(ModelName.Esmm) with
        {
            Tasks = [new() { Name = "click", NegativesKept = 0.1 }, new() { Name = "conversion", Label = "bought", Given = "click", NegativesKept = 0.5 }],
        },
        ["lr of two tasks, of which one has a bias alone"] = SmallSamples.Model(ModelName.Lr) with
        {
            Tasks = TwoTasks,
            Parts = [Of(PartKind.Linear, "click"), Of(PartKind.Linear, "buy")],
        },
        ["pairs alone"] = SmallSamples.Model(ModelName.Fm) with { Parts = [new() { Part = PartKind.Pairs }] },
        ["perceptron alone"] = SmallSamples.Model(ModelName.Fm) with { Parts = [new() { Part = PartKind.Perceptron }] },
        ["all parts, one behind another"] = SmallSamples.Model(ModelName.Fm) with
        {
            Parts =
            [
                new() { Part = PartKind.Linear }, new() { Part = PartKind.WeightedPairs }, new() { Part = PartKind.Pairs }, new() { Part = PartKind.Cross, CrossLayers = 3 },
                new() { Part = PartKind.Perceptron, Name = "behind", Reads = "cross" }, new() { Part = PartKind.Perceptron, Name = "beside", Layers = [40, 3] },
            ],
        },
        ["two tasks behind a common trunk"] = SmallSamples.Model(ModelName.Fm) with
        {
            Tasks = TwoTasks,
            Parts =
            [
                new() { Part = PartKind.Perceptron, Name = "trunk" }, Of(PartKind.Linear, "buy"), new() { Part = PartKind.Perceptron, Name = "a", Reads = "trunk", Layers = [7] },
                new() { Part = PartKind.Cross, Name = "b", Reads = "trunk", Task = "buy" },
            ],
        },
        ["parts named like layers of others"] = SmallSamples.Model(ModelName.Fm) with
        {
            Parts =
            [
                new() { Part = PartKind.Perceptron, Name = "a" }, new() { Part = PartKind.WeightedPairs, Name = "a/1" },
                new() { Part = PartKind.Cross, Name = "b" }, new() { Part = PartKind.Linear, Name = "b/1" },
            ],
        },
        ["perceptrons with fields and numbers of their own, as towers have them"] = SmallSamples.Model(ModelName.Fm) with
        {
            Parts =
            [
                new() { Part = PartKind.Perceptron, Name = "a", Fields = ["user", "price"] },
                new() { Part = PartKind.Perceptron, Name = "b", Fields = ["item", "seen", "shop", "age"] },
            ],
        },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-onnx-").FullName;

    public static TheoryData<string> Names => [.. Models.Keys];

    private static IReadOnlyList<TaskDeclaration> TwoTasks => [new() { Name = "click" }, new() { Name = "buy", Label = "bought" }];

    private static Dictionary<string, FieldDeclaration> Means => new() { ["seen"] = new() { Pooling = Pooling.Mean } };

    private static PartDeclaration Of(PartKind part, string task) => new() { Part = part, Task = task, Name = $"{task}-{part}" };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Names))]
    public void ONNX_Runtime_scores_as_the_product_does(string name)
    {
        foreach (SampleColumns columns in new[] { SmallSamples.Mixed, SmallSamples.Mixed with { Numbers = [] }, SmallSamples.Plain })
        {
            using SparseModel model = Trained(Models[name], columns);
            NetworkSection section = NetworkFiles.Write(_folder, Models[name], model, withState: false, before: null);
            FieldBlock block = SmallSamples.Fill(model.NewBlock(), Rows, seed: 77, ids: 14); // A third of the ids has no row.
            for (int task = 0; task < model.Tasks; task++)
            {
                var expected = new float[Rows];
                model.Score(block, 0, task, expected);
                Assert.True(expected.Distinct().Count() > 5 || name.Contains("bias alone", StringComparison.Ordinal), "scores that are all the same show nothing");
                string of = model.Network.Tasks[task].Name;
                float[] chances = Run(section, model.Network, block, $"chance/{of}"), logOdds = Run(section, model.Network, block, $"logOdds/{of}");
                Assert.Equal(Rows, chances.Length);
                for (int i = 0; i < Rows; i++)
                {
                    Assert.Equal(1, chances[i] / (double)expected[i], 1e-5);
                    Assert.Equal(1, 1 / (1 + Math.Exp(-logOdds[i])) / expected[i], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void Equal_seeds_give_equal_bytes_and_other_weights_other_ones()
    {
        (byte[] Bytes, string? Checksum) Written(long seed)
        {
            using SparseModel model = Trained(Models["deepfm"], SmallSamples.Mixed, seed);
            NetworkSection section = NetworkFiles.Write(_folder, Models["deepfm"], model, withState: false, before: null);
            Assert.Contains(DenseGraph.FileName, section.Files);
            return (File.ReadAllBytes(Path.Combine(_folder, DenseGraph.FileName)), section.Onnx);
        }

        (byte[] bytes, string? checksum) = Written(1);
        Assert.Equal(bytes, Written(1).Bytes);
        Assert.Equal(checksum, Written(1).Checksum);
        Assert.NotEqual(checksum, Written(2).Checksum);
    }

    [Fact]
    public void Fields_tasks_and_parts_may_have_one_name()
    {
        ModelDeclaration declared = SmallSamples.Model(ModelName.Fm) with
        {
            Tasks = [new() { Name = "linear" }],
            Parts = [new() { Part = PartKind.Linear, Name = "factors" }, new() { Part = PartKind.Pairs, Name = "linear" }, new() { Part = PartKind.Perceptron, Name = "weights" }],
        };
        using SparseModel model = Trained(declared, new SampleColumns([new("linear", false, false), new("bias", false, false), new("Gemm/1", false, false)], ["linear"]));
        NetworkFiles.Write(_folder, declared, model, withState: false, before: null);
        using InferenceSession session = new(Path.Combine(_folder, DenseGraph.FileName));
        Assert.Equal(["linear", "factors/linear", "factors/bias", "factors/Gemm/1", "numbers"], session.InputMetadata.Keys);
        Assert.Equal(["chance/linear", "logOdds/linear"], session.OutputMetadata.Keys);
    }

    [Fact]
    public void More_dense_weights_than_a_folder_holds_are_refused_before_they_are_trained()
    {
        using var parameters = new DenseParameters();
        parameters.Add("cross/1/weights", 200_000_000);
        VlpsException problem = Assert.Throws<VlpsException>(() => parameters.Add("cross/2/weights", 51_200L * 65_536));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("'cross/2/weights'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("250,000,000", problem.Message, StringComparison.Ordinal);
    }

    private static SparseModel Trained(ModelDeclaration declared, SampleColumns columns, long seed = 1)
    {
        var model = new SparseModel(declared, columns, new SparseOptions { Batch = 50, Seed = seed });
        FieldBlock block = SmallSamples.Fill(model.NewBlock(), 900, seed: 3);
        for (int epoch = 0; epoch < 3; epoch++)
            model.Train(block, [.. Enumerable.Range(0, model.Tasks).Select(_ => new float[block.Rows])]);
        return model;
    }

    // All that docs/model-format.md asks of whoever serves a model elsewhere: look the ids up, add their rows up.
    private float[] Run(NetworkSection section, Network network, FieldBlock block, string output)
    {
        float[] linear = new float[Rows], squares = new float[Rows];
        var inputs = new Dictionary<string, float[]> { ["linear"] = linear, ["squares"] = squares, ["numbers"] = block.Numbers.ToArray() };
        for (int f = 0; f < block.Fields.Count; f++)
        {
            (FieldColumn ids, FieldPlan field) = (block.Fields[f], network.Fields[f]);
            using KeyedRows rows = KeyedRows.Open(Path.Combine(_folder, section.Tables[network.TableOf[f]].File));
            float[] found = new float[rows.Layout.Values], sums = inputs[$"factors/{field.Name}"] = new float[Rows * rows.Layout.Dim];
            for (int row = 0; row < Rows; row++)
            {
                for (int i = ids.Start(row); i < ids.Start(row + 1); i++)
                {
                    rows.Find(ids.Ids[i], found);
                    float value = (ids.Weighted ? ids.Values[i] : 1) / (field.Pooling == Pooling.Mean ? ids.Start(row + 1) - ids.Start(row) : 1);
                    if (rows.Layout.Linear)
                        linear[row] += value * found[0];
                    for (int j = 0; j < rows.Layout.Dim; j++)
                    {
                        float factor = value * found[found.Length - rows.Layout.Dim + j];
                        sums[(row * rows.Layout.Dim) + j] += factor;
                        squares[row] += factor * factor;
                    }
                }
            }
        }
        using InferenceSession session = new(Path.Combine(_folder, DenseGraph.FileName));
        NamedOnnxValue[] given = [.. session.InputMetadata.Keys.Select(name =>
            NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(inputs[name], [Rows, inputs[name].Length / Rows])))];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(given, [output]);
        Assert.Equal([Rows, 1], results[0].AsTensor<float>().Dimensions.ToArray());
        return [.. results[0].AsTensor<float>()];
    }
}
