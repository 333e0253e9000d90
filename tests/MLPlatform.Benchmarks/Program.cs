using MLPlatform.Benchmarks.Executors;

// Measures, never judges: a figure that must hold belongs into the committed results, with the machine it came from.
return args switch
{
    ["executor", .. string[] options] => await ExecutorBench.RunAsync(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: MLPlatform.Benchmarks executor [--steps 1000] [--in-flight 2] [--activity TYPE INPUTS] [--memory BYTES]");
    return 2;
}
