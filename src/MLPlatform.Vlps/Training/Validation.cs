using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>Judges a model on a source: mean log loss, and AUC where there are both classes.</summary>
internal static class Validation
{
    public static (double LogLoss, double? Auc) Judge(VlpsModel model, ISampleSource source, CancellationToken cancel)
    {
        var scores = new List<float>();
        var labels = new List<byte>();
        float[] buffer = [];
        double loss = 0;
        foreach (SampleBlock block in source.Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (buffer.Length < block.Rows)
                buffer = new float[block.Rows];
            model.Score(block, buffer);
            for (int i = 0; i < block.Rows; i++)
            {
                loss += Losses.LogLoss(buffer[i], block.Labels[i]);
                scores.Add(buffer[i]);
                labels.Add((byte)block.Labels[i]);
            }
        }
        if (scores.Count == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the validation table has no rows");
        return (loss / scores.Count, Ranking.Auc(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(scores), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(labels)));
    }
}
