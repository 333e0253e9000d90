using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>The models once more, written as their formulas say, in double precision: what gradients are checked against.</summary>
internal sealed class DoubleModel(
    Network network, FieldBlock block, double[,,] embeddings, double[] linear, double[] parameters, double[] frequencies)
{
    private const double Small = 1e-6;
    private readonly int _rows = linear.Length;

    /// <summary>Whether an element of weights is more than padding.</summary>
    public bool IsUsed(Parameter parameter, int i)
    {
        (int inputs, int outputs) = Shape(parameter.Name);
        if (parameter.Name.EndsWith("/factors", StringComparison.Ordinal) || outputs == 0)
            return i < inputs;
        int padded = Panels.RoundUp(inputs, Panels.InputTile), panel = i / (padded * 32), input = i / 32 % padded;
        return input < inputs && (panel * 32) + (i % 32) < outputs;
    }

    public double Slope(Parameter parameter, int i) => Slope(ref parameters[parameter.Offset + i]);

    public double Slope(int row, int field, int column) => Slope(ref embeddings[row, field, column]);

    private double Slope(ref double value)
    {
        double before = value;
        value = before + Small;
        double up = Loss();
        value = before - Small;
        double down = Loss();
        value = before;
        return (up - down) / (2 * Small);
    }

    public double Loss()
    {
        if (network.Tasks[0].Towers is not null)
            return TowerLoss();
        double loss = 0;
        for (int row = 0; row < _rows; row++)
        {
            double chance = 1;
            for (int task = 0; task < network.Tasks.Count; task++)
            {
                double own = 1 / (1 + Math.Exp(-Logit(row, task)));
                chance = network.Tasks[task].Given is null ? own : chance * own;
                loss -= block.Weights[row] * (block.Labels(task)[row] > 0 ? Math.Log(chance) : Math.Log(1 - chance));
            }
        }
        return loss;
    }

    // Whatever parts there are is told by the names of their weights.
    private double Logit(int row, int task)
    {
        string own = network.Tasks.Count > 1 ? network.Tasks[task].Name + "-" : "";
        double logit = task == 0 ? linear[row] : 0;
        logit += Of($"{own}linear/bias")[0] + Of($"{own}linear/numbers").Select((w, n) => w * Number(row, n)).Sum();
        if (Has("pairs/factors"))
            logit += Pairs(row);
        if (Has("weightedPairs/weights"))
            logit += WeightedPairs(row);
        if (Has("cross/1/weights"))
            logit += Dot(Cross(row), Of("cross/output/weights"));
        if (Has($"{own}perceptron/1/weights"))
            logit += Dot(Perceptron($"{own}perceptron", Input(row, 0), last: true), Of($"{own}perceptron/output/weights"));
        return logit;
    }

    private double Pairs(int row)
    {
        int width = network.Fields[0].Width;
        double[] factors = Of("pairs/factors");
        double total = 0;
        for (int j = 0; j < width; j++)
        {
            double[] terms = [.. Enumerable.Range(0, network.Fields.Count).Select(f => embeddings[row, f, j]),
                .. Enumerable.Range(0, factors.Length / width).Select(n => Number(row, n) * factors[(n * width) + j])];
            total += 0.5 * (Math.Pow(terms.Sum(), 2) - terms.Sum(t => t * t));
        }
        return total;
    }

    private double WeightedPairs(int row)
    {
        double[] weights = Of("weightedPairs/weights");
        int at = 0;
        double total = 0;
        for (int f = 0; f < network.Fields.Count; f++)
        {
            for (int g = f + 1; g < network.Fields.Count; g++, at++)
                total += weights[at] * Enumerable.Range(0, network.Fields[0].Dim).Sum(j => embeddings[row, f, j] * embeddings[row, g, j]);
        }
        return total;
    }

    private double[] Cross(int row)
    {
        double[] first = Input(row, 0), x = first;
        for (int layer = 1; Has($"cross/{layer}/weights"); layer++)
        {
            double[] inner = Product($"cross/{layer}", x, first.Length);
            x = [.. x.Select((v, i) => (first[i] * inner[i]) + v)];
        }
        return x;
    }

    private double[] Perceptron(string name, double[] x, bool last)
    {
        for (int layer = 1; Has($"{name}/{layer}/weights"); layer++)
        {
            bool rectify = last || Has($"{name}/{layer + 1}/weights");
            x = [.. Product($"{name}/{layer}", x, Shape($"{name}/{layer}/weights").Outputs).Select(v => rectify ? Math.Max(0, v) : v)];
        }
        return x;
    }

    private double TowerLoss()
    {
        double temperature = network.Tasks[0].Temperature, loss = 0;
        double[][] left = [.. Enumerable.Range(0, _rows).Select(r => Perceptron("left", Input(r, 0), last: false))];
        double[][] right = [.. Enumerable.Range(0, _rows).Select(r => Perceptron("right", Input(r, 1), last: false))];
        for (int i = 0; i < _rows; i++)
        {
            if (block.Labels(0)[i] <= 0)
                continue;
            int[] others = [.. Enumerable.Range(0, _rows).Where(j => j == i || !network.Groups[1].Fields.All(f => block.Fields[f].Ids[i] == block.Fields[f].Ids[j]))];
            double Scaled(int j) => (Dot(left[i], right[j]) / temperature) - Math.Log(frequencies[j]);
            loss -= block.Weights[i] * (Scaled(i) - Math.Log(others.Sum(j => Math.Exp(Scaled(j)))));
        }
        return loss;
    }

    private double[] Product(string name, double[] x, int outputs)
    {
        double[] weights = Of($"{name}/weights"), bias = Of($"{name}/bias");
        int padded = Panels.RoundUp(x.Length, Panels.InputTile);
        return [.. Enumerable.Range(0, outputs).Select(o => bias[o] + x.Select((v, i) => v * weights[Panels.Weight(padded, i, o)]).Sum())];
    }

    private double[] Input(int row, int group) =>
    [
        .. network.Groups[group].Fields.SelectMany(f => Enumerable.Range(0, network.Fields[f].Width).Select(j => embeddings[row, f, j])),
        .. network.Groups[group].Numbers.Select(n => Number(row, n)),
    ];

    // Inputs and outputs of a part's weights; outputs 0 where they are a plain list.
    private (int Inputs, int Outputs) Shape(string name)
    {
        string[] path = name.Split('/');
        if (path.Length < 3 || path[1] == "output" || path[^1] != "weights")
            return (name.EndsWith("output/weights", StringComparison.Ordinal) ? OutputWidth(path[0]) : Length(name), 0);
        int layer = int.Parse(path[1], System.Globalization.CultureInfo.InvariantCulture), input = Input(0, path[0] == "right" ? 1 : 0).Length;
        if (path[0] == "cross")
            return (input, input);
        int[] units = path[0] switch { "left" => [12, 6], "right" => [10, 6], _ => [12, 5] };
        return (layer == 1 ? input : units[layer - 2], units[layer - 1]);
    }

    private int OutputWidth(string part) => part == "cross" ? Input(0, 0).Length : 5;

    private int Length(string name) => network.Parameters.All.Single(p => p.Name == name).Length;

    private double Number(int row, int n) => block.Numbers[(row * block.Shape.Numbers) + n];

    private bool Has(string name) => network.Parameters.All.Any(p => p.Name == name && p.Length > 0);

    private double[] Of(string name) => network.Parameters.All.Where(p => p.Name == name).Select(p => parameters[p.Offset..(p.Offset + p.Length)]).Single();

    private static double Dot(double[] a, double[] b) => a.Select((v, i) => v * b[i]).Sum();
}
