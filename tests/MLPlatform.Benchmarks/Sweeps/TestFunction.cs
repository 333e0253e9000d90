using System.Text.Json;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Benchmarks.Sweeps;

/// <summary>A function to be made small, whose least value is known.</summary>
internal sealed record TestFunction(string Name, double Minimum, IReadOnlyDictionary<string, Dimension> Space, Func<double[], double> Of)
{
    private static readonly double[] Alpha = [1.0, 1.2, 3.0, 3.2];

    private static readonly double[][] A =
    [
        [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14],
    ];

    private static readonly double[][] P =
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];

    public static IReadOnlyList<TestFunction> All { get; } =
    [
        new("branin", 0.39788735772973816, Box((-5, 10), (0, 15)), x => Branin(x[0], x[1])),
        new("hartmann6", -3.32236801141551, Box([.. Enumerable.Repeat((0.0, 1.0), 6)]), Hartmann),
        new("rosenbrock2", 0, Box((-2, 2), (-1, 3)), Rosenbrock),
        new("rosenbrock4", 0, Box([.. Enumerable.Repeat((-2.0, 2.0), 4)]), Rosenbrock),
    ];

    public double At(IReadOnlyDictionary<string, JsonElement> parameters) =>
        Of([.. parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.GetDouble())]);

    private static Dictionary<string, Dimension> Box(params (double Min, double Max)[] bounds) =>
        bounds.Select((b, i) => (Name: $"x{i}", Dimension: (Dimension)new FloatDimension { Min = b.Min, Max = b.Max })).ToDictionary(d => d.Name, d => d.Dimension);

    private static double Branin(double x, double y)
    {
        double inner = y - (5.1 / (4 * Math.PI * Math.PI) * x * x) + (5 / Math.PI * x) - 6;
        return (inner * inner) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x)) + 10;
    }

    private static double Hartmann(double[] x) =>
        -Enumerable.Range(0, 4).Sum(i => Alpha[i] * Math.Exp(-Enumerable.Range(0, 6).Sum(j => A[i][j] * (x[j] - P[i][j]) * (x[j] - P[i][j]))));

    private static double Rosenbrock(double[] x) =>
        Enumerable.Range(0, x.Length - 1).Sum(i => (100 * Math.Pow(x[i + 1] - (x[i] * x[i]), 2)) + Math.Pow(1 - x[i], 2));
}
