using MLPlatform.Vlps.Declarations;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The loss: log loss of every task, and for a task that is given another's success, of the product of both chances. From
/// log-odds to scores and errors.
/// </summary>
internal sealed unsafe class Objective
{
    private readonly IReadOnlyList<TaskDeclaration> _tasks;
    private readonly int[] _given;
    private readonly float[] _shifts;

    /// <param name="corrected">
    /// Whether scores are those of all rows where a task says that a part of its negatives was kept: their odds are too high by
    /// one over that part, so its logarithm is added. While training they are those of the rows that are there.
    /// </param>
    public Objective(IReadOnlyList<TaskDeclaration> tasks, bool corrected = false)
    {
        _tasks = tasks;
        _shifts = [.. tasks.Select(t => corrected ? (float)Math.Log(t.NegativesKept) : 0)];
        _given = [.. tasks.Select(t => t.Given is null ? -1 : Enumerable.Range(0, tasks.Count).First(i => tasks[i].Name == t.Given))];
    }

    /// <summary>The chance of a task for each sample; of one that is given another, of both.</summary>
    public void Score(Lane lane, int task, float* scores)
    {
        float* logits = lane.Logits(task);
        float shift = _shifts[task];
        for (int i = 0; i < lane.Rows; i++)
            scores[i] = Sigmoid(logits[i] + shift);
        if (_given[task] < 0)
            return;
        float* before = lane.Logits(_given[task]);
        shift = _shifts[_given[task]];
        for (int i = 0; i < lane.Rows; i++)
            scores[i] *= Sigmoid(before[i] + shift);
    }

    /// <summary>
    /// Adds chance and log-odds of every task, with those of <see cref="Score"/>. They come from the odds against, e^−x, and not from ONNX's Sigmoid: ONNX Runtime
    /// computes that to so many places after the point, and small chances are mostly what it leaves off.
    /// </summary>
    public void Export(DenseGraph graph)
    {
        string[] logOdds = [.. _shifts.Select((shift, task) => shift == 0 ? graph.LogOdds(task) : graph.Node("Add", graph.LogOdds(task), graph.Constant(shift)))];
        string[] against = [.. logOdds.Select(x => graph.Node("Exp", graph.Node("Neg", x)))];
        for (int task = 0; task < _tasks.Count; task++)
        {
            (string odds, string log) = (against[task], logOdds[task]);
            if (_given[task] >= 0)
            {
                // (1 + a)·(1 + b) = 1 + (a + b + a·b)
                string before = against[_given[task]];
                odds = graph.Node("Sum", odds, before, graph.Node("Mul", odds, before));
                log = graph.Node("Neg", graph.Node("Log", odds));
            }
            graph.Output($"chance/{_tasks[task].Name}", graph.Node("Reciprocal", graph.Node("Add", odds, graph.Constant(1))));
            graph.Output($"logOdds/{_tasks[task].Name}", log);
        }
    }

    /// <summary>Sets the errors of all tasks; those of padding are 0.</summary>
    public void Errors(Lane lane)
    {
        for (int task = 0; task < _tasks.Count; task++)
            new Span<float>(lane.Errors(task), lane.Padded).Clear();
        for (int task = 0; task < _tasks.Count; task++)
        {
            if (_tasks[task].Towers is null)
                Errors(lane, task);
        }
    }

    private void Errors(Lane lane, int task)
    {
        float* logits = lane.Logits(task), errors = lane.Errors(task), labels = lane.Labels(task), weights = lane.Weights;
        float share = (float)_tasks[task].Weight;
        if (_given[task] < 0)
        {
            for (int i = 0; i < lane.Rows; i++)
                errors[i] += share * weights[i] * (Sigmoid(logits[i]) - labels[i]);
            return;
        }
        float* before = lane.Logits(_given[task]), beforeErrors = lane.Errors(_given[task]);
        for (int i = 0; i < lane.Rows; i++)
        {
            float a = Sigmoid(before[i]), b = Sigmoid(logits[i]), both = a * b;
            float slope = share * weights[i] * (both - labels[i]) / Math.Max(1e-7f, 1 - both);
            beforeErrors[i] += slope * (1 - a);
            errors[i] += slope * (1 - b);
        }
    }

    public static float Sigmoid(float x) => 1f / (1f + MathF.Exp(-x));
}
