// DMakefile
