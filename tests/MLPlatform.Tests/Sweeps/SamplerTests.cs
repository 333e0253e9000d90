using System.Text;
using System.Text.Json;
using CsCheck;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using Xunit;

namespace MLPlatform.Tests.Sweeps;

public sealed class SamplerTests
{
    private static readonly Dictionary<string, Dimension> Space = new()
    {
        ["rate"] = new FloatDimension { Min = 0.001, Max = 1, Scale = Scale.Log },
        ["dim"] = new IntDimension { Min = 2, Max = 32, Step = 2, When = new Condition { Parameter = "model", In = [JsonElement.Parse("\"fm\"")] } },
        ["bits"] = new IntDimension { Min = 1, Max = 1000, Scale = Scale.Log },
        ["model"] = new ChoiceDimension { Values = [JsonElement.Parse("\"lr\""), JsonElement.Parse("\"fm\"")] },
    };

    private static readonly Gen<SamplerKind> Kinds = Gen.Int[0, 2].Select(i => (SamplerKind)i);

    [Fact]
    public void Every_proposal_lies_within_the_space_and_is_the_same_again() => Gen.Select(Kinds, Gen.Long, Gen.Int[0, 30]).Sample((kind, seed, many) =>
    {
        SweepSettings settings = Settings(Space) with { Sampler = kind, Seed = seed, Startup = 3, Budget = new SweepBudget { Trials = 100 } };
        List<Trial> done = [];
        for (int i = 0; i < many; i++)
        {
            IReadOnlyDictionary<string, JsonElement> next = Proposals.Next(settings, done, i)!;
            Assert.Equal(JsonSerializer.Serialize(next), JsonSerializer.Serialize(Proposals.Next(settings, [.. done], i)));
            Assert.InRange(next["rate"].GetDouble(), 0.001, 1);
            Assert.InRange(next["bits"].GetInt64(), 1, 1000);
            Assert.Equal(next["model"].GetString() == "fm", next.ContainsKey("dim"));
            if (next.TryGetValue("dim", out JsonElement dim))
                Assert.Equal(0, dim.GetInt64() % 2);
            done.Add(Done(i, next, next["rate"].GetDouble()));
        }
    }, iter: 50);

    [Fact]
    public void A_sobol_sequence_puts_one_point_into_each_interval_of_each_dimension()
    {
        for (long seed = 0; seed < 5; seed++)
        {
            double[][] points = [.. Enumerable.Range(0, 256).Select(i => SobolSequence.Point(SobolSequence.MostDimensions, i, seed))];
            for (int d = 0; d < SobolSequence.MostDimensions; d++)
                Assert.Equal(Enumerable.Range(0, 256), points.Select(p => (int)(p[d] * 256)).Order());
        }
    }

    // What one dimension cannot show: the first two of them fill every 16 by 16 cell as well.
    [Fact]
    public void A_sobol_sequence_fills_the_cells_of_its_first_two_dimensions() =>
        Assert.Equal(256, Enumerable.Range(0, 256).Select(i => SobolSequence.Point(2, i, 7)).Select(p => ((int)(p[0] * 16), (int)(p[1] * 16))).Distinct().Count());

    [Fact]
    public void A_grid_tries_every_combination_once_and_then_nothing()
    {
        SweepSettings settings = Settings(new()
        {
            ["a"] = new FloatDimension { Min = 0, Max = 1, Points = 3 },
            ["b"] = new ChoiceDimension { Values = [JsonElement.Parse("true"), JsonElement.Parse("false")] },
            ["c"] = new IntDimension { Min = 1, Max = 2, When = new Condition { Parameter = "b", In = [JsonElement.Parse("true")] } },
        }) with
        { Sampler = SamplerKind.Grid };
        List<string> all = [];
        while (Proposals.Next(settings, [], all.Count) is { } next)
            all.Add(string.Join(' ', next.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.GetRawText())));
        Assert.Equal(["0 false", "0 true 1", "0 true 2", "0.5 false", "0.5 true 1", "0.5 true 2", "1 false", "1 true 1", "1 true 2"], all.Order(StringComparer.Ordinal));
        Assert.Equal(9, Proposals.Most(settings));
    }

    [Fact]
    public void Combinations_are_tried_in_their_order()
    {
        SweepSettings settings = Settings([]) with
        {
            Combinations = [new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("3") }, new Dictionary<string, JsonElement> { ["y"] = JsonElement.Parse("1") }],
        };
        Assert.Equal(["x", "y"], [Proposals.Next(settings, [], 0)!.Keys.Single(), Proposals.Next(settings, [], 1)!.Keys.Single()]);
        Assert.Null(Proposals.Next(settings, [], 2));
    }

    [Fact]
    public void Values_come_back_to_where_they_came_from() => Gen.Double[0, 0.999].Sample(unit =>
    {
        foreach (Dimension dimension in Space.Values)
        {
            JsonElement value = dimension.At(unit), again = dimension.At(dimension.Of(value)!.Value);
            if (value.ValueKind == JsonValueKind.Number)
                Assert.Equal(value.GetDouble(), again.GetDouble(), 9);
            else
                Assert.Equal(value.GetRawText(), again.GetRawText());
        }
    });

    [Fact]
    public void Tpe_learns_which_choice_is_the_good_one()
    {
        SweepSettings settings = Settings(new() { ["c"] = new ChoiceDimension { Values = [.. "abcdefgh".Select(c => JsonElement.Parse($"\"{c}\""))] } }) with { Budget = new SweepBudget { Trials = 60 } };
        List<Trial> done = [];
        while (Proposals.Next(settings, done, done.Count) is { } next)
            done.Add(Done(done.Count, next, next["c"].GetString() == "e" ? 0 : 1));
        Assert.True(done.Skip(30).Count(t => t.Parameters["c"].GetString() == "e") > 12);
    }

    [Fact]
    public void A_sweep_file_is_told_all_its_mistakes_with_their_places()
    {
        const string file = """
            {
              "id": "s", "pipeline": "p", "objektive": {},
              "objective": { "direction": "maximize" },
              "space": { "a": { "type": "float", "min": 1, "max": 0 } },
              "budget": { "trials": 0 }
            }
            """;
        Assert.Equal(["PIPE-005", "PIPE-008"], SweepRules.Read(Encoding.UTF8.GetBytes(file), "s.json").Problems.Select(p => p.Code));
        string[] codes = [.. SweepRules.Read(Encoding.UTF8.GetBytes(file.Replace("\"objektive\": {},", "", StringComparison.Ordinal).Replace("\"trials\": 0", "\"time\": \"PT0S\"", StringComparison.Ordinal)), "s.json").Problems.Select(p => p.Code)];
        Assert.Equal(["SWEEP-001", "SWEEP-003", "SWEEP-008"], codes.Order());
    }

    private static SweepSettings Settings(Dictionary<string, Dimension> space) => new()
    {
        Pipeline = "p",
        Objective = new Objective { Output = "y", Direction = Direction.Minimize },
        Space = space,
    };

    private static Trial Done(int number, IReadOnlyDictionary<string, JsonElement> parameters, double value) =>
        new(number, parameters, new RunId(Guid.Empty), default, -1, [], new TrialState.Completed(value, default));
}
