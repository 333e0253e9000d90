using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Features;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps.Features;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>The activities of a training pipeline, one after another.</summary>
internal static class Chain
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ArtifactRef> CollectAsync(TestActivityContext context, string name, string csv) =>
        (await context.RunAsync(new CollectBees(), new CollectBees.Inputs { Source = context.Write(name, csv) }, Cancel)).Table;

    public static async Task<ArtifactRef> FitAsync(TestActivityContext context, ArtifactRef table, params FeatureDeclaration[] features) =>
        (await context.RunAsync(new BuildFeatures(), new BuildFeatures.Inputs { Table = table, Features = features }, Cancel)).Features;

    public static Task<TrainVlps.Outputs> TrainAsync(TestActivityContext context, TrainVlps.Inputs inputs) =>
        context.RunAsync(new TrainVlps(), inputs, Cancel);

    public static Task<EvaluateModel.Outputs> EvaluateAsync(TestActivityContext context, EvaluateModel.Inputs inputs) =>
        context.RunAsync(new EvaluateModel(), inputs, Cancel);

    public static Task<GateModel.Outputs> GateAsync(TestActivityContext context, GateModel.Inputs inputs) =>
        context.RunAsync(new GateModel(), inputs, Cancel);

    public static Task<SplitData.Outputs> SplitAsync(TestActivityContext context, ArtifactRef table) =>
        context.RunAsync(new SplitData(), new SplitData.Inputs { Table = table, ByIndex = new SplitData.IndexSplit { Every = 5 } }, Cancel);

    /// <summary>Clicks that depend on colour and size together, a missing value here and there, and a user.</summary>
    public static string Clicks(int rows, int seed)
    {
        var random = new Random(seed);
        var csv = new System.Text.StringBuilder("user,colour,size,price,clicked\n");
        for (int i = 0; i < rows; i++)
        {
            int colour = random.Next(4), size = random.Next(5);
            double price = Math.Round(Math.Exp(random.NextDouble() * 4), 2);
            double p = (colour + size) % 2 == 0 ? 0.7 : 0.2;
            string shownSize = random.Next(20) == 0 ? "" : size.ToString(System.Globalization.CultureInfo.InvariantCulture);
            csv.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"u{random.Next(30)},{"red blue green grey".Split(' ')[colour]},{shownSize},{price},{(random.NextDouble() < p ? "yes" : "no")}\n");
        }
        return csv.ToString();
    }
}
